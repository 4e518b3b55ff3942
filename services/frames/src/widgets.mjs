// Shows a notebook's widgets from the state that it keeps of them.
/* global window */
import { HTMLManager } from '@jupyter-widgets/html-manager/lib/htmlmanager';
import './widgets.css';

window.lodgeWidgets = async ({ state, view }, place) => {
  const manager = new HTMLManager({
    loader: name => Promise.reject(new Error(`Lodge does not have ${name}.`))
  });
  await manager.set_state({ version_major: 2, version_minor: 0, state });
  const model = await manager.get_model(view.model_id);
  await manager.display_view(await manager.create_view(model), place);
};
