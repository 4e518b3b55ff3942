import type { INotebookModel } from '@jupyterlab/notebook';
import type { Share, ShareRef } from '@lodge/kit';

/** The share that the notebook says it is, if it was ever shared. */
export function readShare(model: INotebookModel): ShareRef | null {
  const share: unknown = lodge(model)['share'];
  if (typeof share !== 'object' || share === null) {
    return null;
  }
  const { id, version } = share as { id?: unknown; version?: unknown };
  return typeof id === 'string' && typeof version === 'number' ? { id, version } : null;
}

/** Remember in the notebook which share it is, beside whatever else Lodge wrote there. */
export function writeShare(model: INotebookModel, share: Share): void {
  const { id, version, digest } = share;
  model.setMetadata('lodge', { ...lodge(model), share: { id, version, digest } });
}

function lodge(model: INotebookModel): { [key: string]: unknown } {
  const value: unknown = model.getMetadata('lodge');
  return typeof value === 'object' && value !== null ? (value as { [key: string]: unknown }) : {};
}
