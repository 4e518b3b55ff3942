import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { IMainMenu } from '@jupyterlab/mainmenu';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';
import { LodgeApi, addNotebookButton, loadWords, serviceUrl, shareIcon } from '@lodge/kit';

const COMMAND = 'lodge:share';
const GALLERY = 'lodge:open-gallery';

/** Share the notebook in front to the team's gallery. */
export const share: JupyterFrontEndPlugin<void> = {
  id: '@lodge/lab:share',
  description: 'Shares a notebook to the team.',
  autoStart: true,
  requires: [INotebookTracker, IToolbarWidgetRegistry],
  optional: [ICommandPalette, IMainMenu, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    toolbar: IToolbarWidgetRegistry,
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
          const { openShareDialog } = await import('./dialog');
          const chinese = translator?.languageCode.startsWith('zh') ?? false;
          await openShareDialog(panel, api, trans, chinese ? 'zh' : 'en');
        }
      }
    });
    app.commands.addCommand(GALLERY, {
      label: trans.__('Open gallery'),
      caption: trans.__('See what the team has shared'),
      isVisible: () => serviceUrl('shares') !== null,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        window.open(serviceUrl('shares') ?? '', '_blank', 'noopener');
      }
    });
    addNotebookButton({
      registry: toolbar,
      commands: app.commands,
      command: COMMAND,
      name: 'lodge-share',
      icon: shareIcon,
      label: trans.__('Share')
    });
    notebooks.currentChanged.connect(() => app.commands.notifyCommandChanged(COMMAND));
    for (const command of [COMMAND, GALLERY]) {
      palette?.addItem({ command, category: trans.__('Lodge') });
    }
    menu?.fileMenu.addGroup([{ command: COMMAND }, { command: GALLERY }], 50);
  }
};
