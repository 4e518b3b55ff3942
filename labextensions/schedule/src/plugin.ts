import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { IMainMenu } from '@jupyterlab/mainmenu';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';
import type { Job } from '@lodge/kit';
import { LodgeApi, addNotebookButton, loadWords, saved, scheduleIcon } from '@lodge/kit';

import { JobsModel } from './model';
import { SchedulesPanel } from './panel';

const SCHEDULE = 'lodge:schedule';
const SHOW = 'lodge:show-schedules';

/** Put the notebook in front on a schedule, and watch the jobs in the side bar. */
export const schedule: JupyterFrontEndPlugin<void> = {
  id: '@lodge/lab:schedule',
  description: 'Runs notebooks on a schedule.',
  autoStart: true,
  requires: [ILabShell, INotebookTracker, IToolbarWidgetRegistry],
  optional: [ICommandPalette, IMainMenu, ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    shell: ILabShell,
    notebooks: INotebookTracker,
    toolbar: IToolbarWidgetRegistry,
    palette: ICommandPalette | null,
    menu: IMainMenu | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ) => {
    const trans = loadWords(translator);
    const language = translator?.languageCode ?? 'en';
    const api = new LodgeApi(trans);
    const model = new JobsModel(api, language.startsWith('zh') ? 'zh' : 'en');
    const ask = async (path: string, job?: Job): Promise<void> => {
      const { openScheduleDialog } = await import('./dialog');
      await openScheduleDialog({ path, job, api, trans, language }, done => {
        shell.activateById(panel.id);
        model.show(done);
      });
    };
    const panel = new SchedulesPanel(model, trans, language, job => {
      void ask(job.notebook_path, job);
    });
    shell.add(panel, 'left', { rank: 250, type: 'Schedules' });
    restorer?.add(panel, panel.id);

    app.commands.addCommand(SCHEDULE, {
      label: trans.__('Schedule notebook…'),
      caption: trans.__('Run this notebook on a schedule'),
      icon: scheduleIcon,
      isEnabled: () => notebooks.currentWidget !== null,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async () => {
        const notebook = notebooks.currentWidget;
        if (notebook && (await saved(notebook.context))) {
          await ask(notebook.context.path);
        }
      }
    });
    app.commands.addCommand(SHOW, {
      label: trans.__('Show schedules'),
      icon: scheduleIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => shell.activateById(panel.id)
    });
    addNotebookButton({
      registry: toolbar,
      commands: app.commands,
      command: SCHEDULE,
      name: 'lodge-schedule',
      icon: scheduleIcon,
      label: trans.__('Schedule')
    });
    notebooks.currentChanged.connect(() => app.commands.notifyCommandChanged(SCHEDULE));

    for (const command of [SCHEDULE, SHOW]) {
      palette?.addItem({ command, category: trans.__('Lodge') });
    }
    menu?.fileMenu.addGroup([{ command: SCHEDULE }], 51);
    menu?.viewMenu.addGroup([{ command: SHOW }], 50);
  }
};
