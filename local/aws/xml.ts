/** XML text for the protocols that answer it. */

/** An element's content: text, elements, or several of the same name. */
export type XmlValue = string | number | boolean | XmlElements | readonly XmlValue[];
export interface XmlElements {
  [name: string]: XmlValue | undefined;
}

/** A document with one root element. Members that are undefined are left out. */
export function xmlDocument(root: string, namespace: string | undefined, content: XmlElements): string {
  const attribute = namespace === undefined ? '' : ` xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${elements(content)}</${root}>`;
}

function elements(content: XmlElements): string {
  return Object.entries(content)
    .map(([name, value]) => (value === undefined ? '' : element(name, value)))
    .join('');
}

function element(name: string, value: XmlValue): string {
  if (Array.isArray(value)) return value.map((item) => element(name, item as XmlValue)).join('');
  const inner = typeof value === 'object' ? elements(value as XmlElements) : escapeXml(String(value));
  return `<${name}>${inner}</${name}>`;
}

/** Text as XML 1.0 allows it; what it cannot hold at all becomes a replacement mark. */
export function escapeXml(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that XML cannot hold.
      .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
      .replace(/[&<>"'\r]/g, (mark) => `&#${mark.charCodeAt(0)};`)
  );
}
