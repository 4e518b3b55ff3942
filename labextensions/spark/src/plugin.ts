import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IMainMenu } from '@jupyterlab/mainmenu';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';
import { LodgeApi, loadWords } from '@lodge/kit';

import { sparkIcon } from './icon';
import { SparkModel } from './model';
import { SparkPanel } from './panel';

const SHOW = 'lodge:show-spark';

/** Watch the user's Spark sessions in the side bar. */
export const spark: JupyterFrontEndPlugin<void> = {
  id: '@lodge/lab:spark',
  description: 'Shows Spark sessions with their executors, jobs, storage and queries.',
  autoStart: true,
  requires: [ILabShell],
  optional: [INotebookTracker, ICommandPalette, IMainMenu, ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    shell: ILabShell,
    notebooks: INotebookTracker | null,
    palette: ICommandPalette | null,
    menu: IMainMenu | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ) => {
    const trans = loadWords(translator);
    // Only the notebook's own connection: a second one would answer comms that are not its own.
    const kernelOf = (id: string) =>
      notebooks?.find(panel => panel.sessionContext.session?.kernel?.id === id)?.sessionContext
        .session?.kernel ?? null;
    const model = new SparkModel(new LodgeApi(trans), trans, kernelOf);
    const panel = new SparkPanel(model, {
      trans,
      language: translator?.languageCode ?? 'en',
      open: path => void app.commands.execute('docmanager:open', { path })
    });
    shell.add(panel, 'left', { rank: 260, type: 'Spark' });
    restorer?.add(panel, panel.id);
    app.commands.addCommand(SHOW, {
      label: trans.__('Show Spark sessions'),
      icon: sparkIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => shell.activateById(panel.id)
    });
    palette?.addItem({ command: SHOW, category: trans.__('Lodge') });
    menu?.viewMenu.addGroup([{ command: SHOW }], 51);
  }
};
