import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { IMainMenu } from '@jupyterlab/mainmenu';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';
import { LodgeApi, addNotebookButton, loadWords, serviceUrl, shareIcon } from '@lodge/kit';

const COMMAND = 'lodge:share';
const SHARE_FILE = 'lodge:share-file';
const GALLERY = 'lodge:open-gallery';

/** Share the notebook in front to the team's gallery. */
export const share: JupyterFrontEndPlugin<void> = {
  id: '@lodge/lab:share',
  description: 'Shares a notebook to the team.',
  autoStart: true,
  requires: [INotebookTracker, IToolbarWidgetRegistry],
  optional: [ICommandPalette, IMainMenu, ITranslator, IFileBrowserFactory],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    toolbar: IToolbarWidgetRegistry,
    palette: ICommandPalette | null,
    menu: IMainMenu | null,
    translator: ITranslator | null,
    files: IFileBrowserFactory | null
  ) => {
    const trans = loadWords(translator);
    const api = new LodgeApi(trans);
    const current = (): NotebookPanel | null => notebooks.currentWidget;

    const ask = async (panel: NotebookPanel): Promise<void> => {
      const { openShareDialog } = await import('./dialog');
      const chinese = translator?.languageCode.startsWith('zh') ?? false;
      await openShareDialog(panel, api, trans, chinese ? 'zh' : 'en');
    };

    app.commands.addCommand(COMMAND, {
      label: trans.__('Share notebook…'),
      caption: trans.__('Share this notebook to the team'),
      icon: shareIcon,
      isEnabled: () => current() !== null,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async () => {
        const panel = current();
        if (panel) {
          await ask(panel);
        }
      }
    });
    app.commands.addCommand(SHARE_FILE, {
      label: trans.__('Share notebook…'),
      caption: trans.__('Share this notebook to the team'),
      icon: shareIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async () => {
        const selected = [...(files?.tracker.currentWidget?.selectedItems() ?? [])];
        const notebook = selected.find(item => item.type === 'notebook');
        if (notebook) {
          const { path } = notebook;
          const panel = (await app.commands.execute('docmanager:open', { path })) as NotebookPanel;
          await panel.context.ready;
          await ask(panel);
        }
      }
    });
    app.contextMenu.addItem({
      command: SHARE_FILE,
      selector: '.jp-DirListing-item[data-file-type="notebook"]',
      rank: 4
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
