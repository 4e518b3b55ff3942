import type { Extension, Text } from '@codemirror/state';
import { Compartment } from '@codemirror/state';
import type { ViewUpdate, EditorView } from '@codemirror/view';
import { ViewPlugin } from '@codemirror/view';
import type { CodeEditor } from '@jupyterlab/codeeditor';

import { isSqlLine } from './cell';

/** Whether a cell of this kind runs its magics: Python's, or one whose kernel isn't known yet. */
function runsMagics(mimeType: string): boolean {
  return /^text\/(x-i?python|plain)$/.test(mimeType);
}

/**
 * SQL's colours below a first line that begins with `%%sql`; each editor gets its own.
 *
 * Whoever goes into such a cell will ask for names: `entered` is told its text.
 */
export function sqlHighlighting(
  model: CodeEditor.IModel,
  entered: (text: string) => void
): Extension {
  const place = new Compartment();

  class Switch {
    constructor(private readonly view: EditorView) {
      model.mimeTypeChanged.connect(this.check, this);
      this.check();
    }

    update(update: ViewUpdate): void {
      if (update.docChanged && firstLineChanged(update)) {
        this.check();
      }
      if (update.focusChanged && update.view.hasFocus && this.wanted) {
        entered(update.state.doc.toString());
      }
    }

    destroy(): void {
      this.gone = true;
      model.mimeTypeChanged.disconnect(this.check, this);
    }

    private check(): void {
      const wanted = runsMagics(model.mimeType) && isSqlLine(firstLine(this.view.state.doc));
      if (wanted !== this.wanted) {
        this.wanted = wanted;
        void this.apply();
      }
    }

    private async apply(): Promise<void> {
      // Not within an update of the view, and only for who has such a cell.
      const { sqlCellLanguage } = await import('./language');
      if (!this.gone && this.wanted !== this.on) {
        this.on = this.wanted;
        this.view.dispatch({ effects: place.reconfigure(this.on ? sqlCellLanguage : []) });
      }
    }

    private wanted = false;
    private on = false;
    private gone = false;
  }

  return [place.of([]), ViewPlugin.fromClass(Switch)];
}

function firstLine(text: Text): string {
  return text.line(1).text;
}

function firstLineChanged(update: ViewUpdate): boolean {
  let changed = false;
  const end = update.startState.doc.line(1).to;
  update.changes.iterChangedRanges(from => {
    changed ||= from <= end;
  });
  return changed;
}
