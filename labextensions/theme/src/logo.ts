import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILabShell } from '@jupyterlab/application';
import { ITranslator } from '@jupyterlab/translation';
import { loadWords, lodgeIcon } from '@lodge/kit';
import { Widget } from '@lumino/widgets';

const IDLE = '#0b6e4f';
const BUSY = '#c98a1b';

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
    lodgeIcon.element({ container: widget.node, height: '18px', width: '18px' });
    const word = document.createElement('span');
    word.textContent = trans.__('Lodge');
    widget.node.append(word);
    shell.add(widget, 'top', { rank: 0 });
    for (const link of document.querySelectorAll<HTMLLinkElement>('link.favicon')) {
      link.type = 'image/svg+xml';
      link.href = favicon(link.classList.contains('busy') ? BUSY : IDLE);
    }
  }
};

function favicon(colour: string): string {
  const svg = lodgeIcon.svgstr.replace(/fill="#[0-9a-f]+"/g, `fill="${colour}"`);
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
