/** CodeMirror with SQL: loaded by the views that need it, when they need it. */
import { autocompletion, closeBrackets, closeCompletion, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { PostgreSQL, sql } from '@codemirror/lang-sql';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';

export interface Editor {
  read(): string;
  write(text: string): void;
  close(): void;
}

/** The page's own colours, which follow the system's from light to dark. */
const highlights = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--code-keyword)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--code-number)' },
  { tag: tags.comment, color: 'var(--soft)', fontStyle: 'italic' },
  { tag: [tags.typeName, tags.standard(tags.name)], color: 'var(--code-name)' },
]);
const theme = EditorView.theme({
  '&': { color: 'var(--text)', backgroundColor: 'var(--back)', fontSize: '14px' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '1px' },
  '.cm-content': { caretColor: 'var(--text)', padding: '10px 0', minHeight: '150px' },
  '.cm-scroller': { maxHeight: '50vh', fontFamily: 'ui-monospace, monospace', lineHeight: '1.5' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': {
    color: 'var(--soft)',
    backgroundColor: 'var(--panel)',
    borderRight: '1px solid var(--line)',
  },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 10px 0 8px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, ::selection':
    { backgroundColor: 'var(--chosen)' },
  '.cm-tooltip': {
    color: 'var(--text)',
    backgroundColor: 'var(--back)',
    border: '1px solid var(--line)',
    borderRadius: '6px',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    color: 'var(--back)',
    backgroundColor: 'var(--accent)',
  },
});

/** `schema`: columns by table, for completion. `onRun`: Ctrl+Enter. */
export function openEditor(
  parent: HTMLElement,
  { text, schema, onRun }: { text: string; schema: Record<string, string[]>; onRun: () => void },
): Editor {
  const run = {
    key: 'Mod-Enter',
    run: (editor: EditorView) => {
      closeCompletion(editor);
      onRun();
      return true;
    },
  };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        closeBrackets(),
        autocompletion(),
        syntaxHighlighting(highlights),
        theme,
        sql({ dialect: PostgreSQL, schema, upperCaseKeywords: true }),
        Prec.highest(keymap.of([run])),
        // Tab is left alone, so that the keyboard gets out again.
        keymap.of([...completionKeymap, ...historyKeymap, ...defaultKeymap]),
        EditorView.contentAttributes.of({ 'aria-label': 'SQL' }),
        EditorView.lineWrapping,
        EditorView.cspNonce.of(
          document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? '',
        ),
      ],
    }),
  });
  return {
    read: () => view.state.doc.toString(),
    write: (next) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } }),
    close: () => view.destroy(),
  };
}
