import { PageConfig } from '@jupyterlab/coreutils';

/** The whole address of one of the hub's pages, given its path with the hub's base URL. */
export function hubUrl(path: string): string {
  return new URL(path, PageConfig.getOption('hubHost') || window.location.origin).href;
}
