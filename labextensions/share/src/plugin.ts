import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IMainMenu } from '@jupyterlab/mainmenu';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';
import { LodgeApi, loadWords, shareIcon } from '@lodge/kit';

import { openShareDialog } from './dialog';

const COMMAND = 'lodge:share';

/** Share the notebook in front to the team's gallery. */
export const share: JupyterFrontEndPlugin<void> = {
  id: '@lodge/lab:share',
  description: 'Shares a notebook to the team.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ICommandPalette, IMainMenu, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    palette: ICommandPalette | null,
    menu: IMainMenu | null,
    translator: ITranslator | null
  ) => {
    const trans = loadWords(translator);
    const api = new LodgeApi(trans);
    const current = (): NotebookPanel | null => notebooks.currentWidget;

    app.commands.addCommand(COMMAND, {
      label: trans.__('Share notebook…'),
      caption: trans.__('Share this notebook to the team'),
      icon: shareIcon,
      isEnabled: () => current() !== null,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async () => {
        const panel = current();
        if (panel) {
          await openShareDialog(panel, api, trans);
        }
      }
    });
    notebooks.currentChanged.connect(() => app.commands.notifyCommandChanged(COMMAND));
    palette?.addItem({ command: COMMAND, category: trans.__('Lodge') });
    menu?.fileMenu.addGroup([{ command: COMMAND }], 50);
  }
};
