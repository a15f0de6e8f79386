/** A command to run elsewhere, with a button that copies it. */
import { useRef, useState } from 'preact/hooks';

export function Command({ text }: { text: string }) {
  const code = useRef<HTMLElement>(null);
  const [said, setSaid] = useState('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('copied');
    } catch {
      // Without leave for the clipboard, the text is at least chosen.
      getSelection()?.selectAllChildren(code.current!);
      setSaid('press Ctrl+C');
    }
    setTimeout(() => setSaid(''), 2000);
  };
  return (
    <div class="command">
      <pre>
        <code ref={code}>{text}</code>
      </pre>
      <button type="button" onClick={() => void copy()} aria-label={`Copy: ${text}`}>
        Copy
      </button>
      <span role="status">{said}</span>
    </div>
  );
}
