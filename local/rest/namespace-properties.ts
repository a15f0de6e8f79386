/** Properties of namespaces: one JSON file for all of them, replaced whole. */
import { Buffer } from 'node:buffer';
import type { Disk } from '../ports.ts';

type Properties = Readonly<Record<string, string>>;

export class NamespaceProperties {
  readonly #disk: Disk;
  readonly #file: string;

  constructor(disk: Disk, file: string) {
    this.#disk = disk;
    this.#file = file;
  }

  async of(namespace: string): Promise<Properties> {
    return (await this.#read()).get(namespace) ?? {};
  }

  /** Sets all properties of a namespace; undefined forgets it. */
  async set(namespace: string, properties: Properties | undefined): Promise<void> {
    const all = await this.#read();
    if (properties === undefined) all.delete(namespace);
    else all.set(namespace, properties);
    const text = `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`;
    await this.#disk.replace(this.#file, Buffer.from(text));
  }

  async #read(): Promise<Map<string, Properties>> {
    if (!(await this.#disk.exists(this.#file))) return new Map();
    const text = (await this.#disk.read(this.#file)).toString('utf8');
    return new Map(Object.entries(JSON.parse(text) as Record<string, Properties>));
  }
}
