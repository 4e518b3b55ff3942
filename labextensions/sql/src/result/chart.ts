/** Puts the cell of a chart below the cell of its result, and runs it. */
import type { NotebookPanel } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';

import { nameResult } from '../cell';
import type { Chart } from './kernel';

/** Returns false when the cell of the result can't be found. */
export async function insertChart(
  panel: NotebookPanel,
  node: HTMLElement,
  chart: Chart
): Promise<boolean> {
  const notebook = panel.content;
  const index = notebook.widgets.findIndex(cell => cell.node.contains(node));
  const cell = notebook.widgets[index];
  if (!cell || !notebook.model || notebook.model.readOnly) {
    return false;
  }
  if (chart.named) {
    // From now on the cell gives the variable itself, so that the notebook runs from the top.
    const source = cell.model.sharedModel.getSource();
    const named = nameResult(source, chart.variable);
    if (named !== source) {
      cell.model.sharedModel.setSource(named);
    }
  }
  notebook.deselectAll();
  notebook.activeCellIndex = index;
  NotebookActions.insertBelow(notebook);
  const below = notebook.activeCell;
  if (below?.model.type !== 'code') {
    NotebookActions.changeCellType(notebook, 'code');
  }
  notebook.activeCell?.model.sharedModel.setSource(chart.code);
  await NotebookActions.run(notebook, panel.sessionContext);
  return true;
}
