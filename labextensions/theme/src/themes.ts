import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IThemeManager } from '@jupyterlab/apputils';
import { ITranslator } from '@jupyterlab/translation';
import { loadWords } from '@lodge/kit';

/**
 * Lodge Light and Lodge Dark.
 *
 * Each is the installed JupyterLab's own theme with Lodge's tokens over it, so that a variable that
 * JupyterLab adds is never missing here.
 */
export const themes: JupyterFrontEndPlugin<void> = {
  id: '@lodge/lab:themes',
  description: 'The themes Lodge Light and Lodge Dark.',
  autoStart: true,
  requires: [IThemeManager],
  optional: [ITranslator],
  activate: (_: JupyterFrontEnd, manager: IThemeManager, translator: ITranslator | null) => {
    const trans = loadWords(translator);
    const load = async (base: string, tokens: string): Promise<void> => {
      await manager.loadCSS(`@jupyterlab/${base}/index.css`);
      await manager.loadCSS(`@lodge/lab/${tokens}.css`);
    };
    manager.register({
      name: 'Lodge Light',
      displayName: trans.__('Lodge Light'),
      isLight: true,
      themeScrollbars: false,
      load: () => load('theme-light-extension', 'light'),
      unload: () => Promise.resolve()
    });
    manager.register({
      name: 'Lodge Dark',
      displayName: trans.__('Lodge Dark'),
      isLight: false,
      themeScrollbars: true,
      load: () => load('theme-dark-extension', 'dark'),
      unload: () => Promise.resolve()
    });
  }
};
