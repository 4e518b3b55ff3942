import type { DocumentRegistry } from '@jupyterlab/docregistry';

/**
 * Save a document where it has changed; true once what is on disk is what is seen.
 *
 * When it is false JupyterLab has told the user why, or the user chose not to overwrite.
 */
export async function saved(
  context: DocumentRegistry.IContext<DocumentRegistry.IModel>
): Promise<boolean> {
  if (context.model.dirty) {
    await context.save();
  }
  return !context.model.dirty;
}
