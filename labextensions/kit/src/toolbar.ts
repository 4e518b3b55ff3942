import type { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { LabIcon } from '@jupyterlab/ui-components';
import { CommandToolbarButton } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';

interface WordyButtonOptions {
  registry: IToolbarWidgetRegistry;
  commands: CommandRegistry;
  command: string;
  /** The item's name in the settings schema, which decides where it stands. */
  name: string;
  icon: LabIcon;
  /** The word beside the icon; a toolbar's own buttons of commands have none. */
  label: string;
}

/** Offer a button with icon and word to the toolbar of notebooks. */
export function addNotebookButton(options: WordyButtonOptions): void {
  const { registry, commands, command, name, icon, label } = options;
  registry.addFactory('Notebook', name, () => {
    const button = new CommandToolbarButton({ commands, id: command, icon, label });
    button.addClass('lodge-ToolbarButton');
    button.node.dataset.lodge = `${name.replace(/^lodge-/, '')}-button`;
    return button;
  });
}
