import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILabShell } from '@jupyterlab/application';
import { ITranslator } from '@jupyterlab/translation';
import { loadWords, lodgeIcon } from '@lodge/kit';
import { Widget } from '@lumino/widgets';

/** Lodge's mark in the top bar, in the place of the Jupyter logo, and in the browser's tab. */
export const logo: JupyterFrontEndPlugin<void> = {
  id: '@lodge/lab:logo',
  description: 'The mark in the top bar.',
  autoStart: true,
  requires: [ILabShell],
  optional: [ITranslator],
  activate: (_: JupyterFrontEnd, shell: ILabShell, translator: ITranslator | null) => {
    const trans = loadWords(translator);
    const widget = new Widget();
    widget.id = 'jp-MainLogo';
    widget.title.label = trans.__('Lodge');
    widget.node.dataset.lodge = 'logo';
    widget.node.setAttribute('role', 'img');
    widget.node.setAttribute('aria-label', trans.__('Lodge'));
    lodgeIcon.element({
      container: widget.node,
      elementPosition: 'center',
      margin: '2px 2px 2px 8px',
      height: 'auto',
      width: '18px'
    });
    shell.add(widget, 'top', { rank: 0 });
  }
};
