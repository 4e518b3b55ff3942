import { PageConfig, URLExt } from '@jupyterlab/coreutils';

/** The whole address of one of the hub's pages, given its path with the hub's base URL. */
export function hubUrl(path: string): string {
  return new URL(path, PageConfig.getOption('hubHost') || window.location.origin).href;
}

/** The address of the pages of one of the hub's services; null outside a hub. */
export function serviceUrl(name: string): string | null {
  const hub = PageConfig.getOption('hubPrefix');
  return hub ? hubUrl(`${URLExt.join(hub, '..', 'services', name)}/`) : null;
}
