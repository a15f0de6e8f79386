/** CodeMirror with SQL: loaded by the views that need it, when they need it. */
import { autocompletion, closeBrackets, closeCompletion, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { PostgreSQL, sql } from '@codemirror/lang-sql';
import { defaultHighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';

export interface Editor {
  read(): string;
  write(text: string): void;
  close(): void;
}

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
        syntaxHighlighting(defaultHighlightStyle),
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
