import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { packOf } from './pack';

const TRANSLATION = '@jupyterlab/translation-extension:plugin';

/** At first JupyterLab speaks the browser's language; what the user chooses later stays. */
export const language: JupyterFrontEndPlugin<void> = {
  id: '@lodge/lab:language',
  description: "The browser's language, until another is chosen.",
  autoStart: true,
  requires: [ISettingRegistry],
  activate: async (_app: JupyterFrontEnd, registry: ISettingRegistry): Promise<void> => {
    const pack = packOf(navigator.languages);
    if (pack === null) {
      return;
    }
    const settings = await registry.load(TRANSLATION);
    if (settings.user.locale === undefined) {
      await settings.set('locale', pack);
      window.location.reload();
    }
  }
};
