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

/**
 * Remember in the notebook which share it is, beside whatever else Lodge wrote there, and which files
 * were left out.
 */
export function writeShare(model: INotebookModel, share: Share, leftOut: string[]): void {
  const { id, version, digest } = share;
  const remembered = { id, version, digest, ...(leftOut.length && { left_out: leftOut }) };
  model.setMetadata('lodge', { ...lodge(model), share: remembered });
}

function lodge(model: INotebookModel): { [key: string]: unknown } {
  const value: unknown = model.getMetadata('lodge');
  return typeof value === 'object' && value !== null ? (value as { [key: string]: unknown }) : {};
}
