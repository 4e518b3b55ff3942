import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISplashScreen } from '@jupyterlab/apputils';
import { lodgeIcon } from '@lodge/kit';
import { DisposableDelegate } from '@lumino/disposable';

/** What is seen until the first layout stands: the mark, still, on the theme's canvas. */
export const splash: JupyterFrontEndPlugin<ISplashScreen> = {
  id: '@lodge/lab:splash',
  description: 'The screen while JupyterLab starts.',
  autoStart: true,
  provides: ISplashScreen,
  activate: (app: JupyterFrontEnd): ISplashScreen => {
    const node = document.createElement('div');
    node.id = 'lodge-splash';
    node.setAttribute('aria-hidden', 'true');
    lodgeIcon.element({ container: node, height: '64px', width: '64px' });
    let shown = 0;
    return {
      show: (light = true) => {
        shown += 1;
        node.classList.toggle('lodge-mod-dark', !light);
        document.body.append(node);
        return new DisposableDelegate(() => {
          void app.restored.finally(() => {
            shown -= 1;
            if (shown === 0) {
              node.remove();
            }
          });
        });
      }
    };
  }
};
