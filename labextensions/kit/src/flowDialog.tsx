import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import type { Widget } from '@lumino/widgets';
import type React from 'react';

/** Keeps React in charge of the body: the standard renderer wraps inputs in nodes of its own. */
class BodyRenderer extends Dialog.Renderer {
  override createBody<T>(body: Dialog.Body<T>): Widget {
    const widget = body as Widget;
    widget.addClass('jp-Dialog-body');
    return widget;
  }
}

class FlowBody extends ReactWidget {
  constructor(private readonly content: () => React.ReactElement) {
    super();
    this.addClass('lodge-FlowDialog-body');
  }

  protected render(): React.ReactElement {
    return this.content();
  }
}

export interface FlowDialogOptions {
  /** The heading of the dialog. */
  title: string;
  /** A stable name for tests, written to `data-lodge`. */
  name: string;
  /** The content; `close` ends the dialog. */
  render: (close: () => void) => React.ReactElement;
  /** The selector of what gets the focus first. */
  focus?: string;
}

/**
 * A dialog that stays open while its work is under way and shows how it ended.
 *
 * Its buttons belong to the content; a click beside it doesn't throw away what was typed.
 */
export class FlowDialog extends Dialog<void> {
  constructor(options: FlowDialogOptions) {
    super({
      title: options.title,
      body: new FlowBody(() => options.render(() => this.reject())),
      buttons: [],
      focusNodeSelector: options.focus ?? 'input',
      renderer: new BodyRenderer()
    });
    this.addClass('lodge-FlowDialog');
    this.node.dataset.lodge = options.name;
  }

  protected override _evtClick(event: MouseEvent): void {
    const content = this.node.querySelector('.jp-Dialog-content');
    if (content?.contains(event.target as Node)) {
      super._evtClick(event);
    } else {
      event.stopPropagation();
      event.preventDefault();
    }
  }
}
