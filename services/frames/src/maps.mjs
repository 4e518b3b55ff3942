// What maps of Leaflet are drawn with: the libraries that folium asks the network for, and manners
// for a frame. Nothing is loaded from elsewhere but tiles of the server that Lodge's settings name.
/* global window, document */
import * as bootstrap from 'bootstrap';
import d3 from 'd3v3/d3.js';
import jQuery from 'jquery';
import icon from 'leaflet/dist/images/marker-icon.png';
import iconRetina from 'leaflet/dist/images/marker-icon-2x.png';
import shadow from 'leaflet/dist/images/marker-shadow.png';
import './maps-globals.mjs';
import './maps.css';
import 'leaflet.awesome-markers';
import 'leaflet.heat';
import 'leaflet.markercluster';
import 'leaflet-minimap';

// By itself a page could pass itself off as Lodge's, and go elsewhere with what is typed into it.
if (window.parent === window) {
  window.stop();
}
// No policy of today's browsers holds these back from asking servers elsewhere.
delete window.RTCPeerConnection;
delete window.webkitRTCPeerConnection;

const { L } = window;
Object.assign(window, { bootstrap, d3, jQuery, $: jQuery });
L.Icon.Default.mergeOptions({ iconUrl: icon, iconRetinaUrl: iconRetina, shadowUrl: shadow });
L.Icon.Default.imagePath = '';

const { note = '', tiles = '', ratio = '', height = '' } = document.currentScript.dataset;
const tell = message => window.parent.postMessage({ lodgeChart: message }, '*');

if (tiles) {
  // Whatever tiles a map was made for, these are those that may be asked for.
  const address = function ({ x, y }) {
    return L.Util.template(tiles, { x, y, z: this._getZoomForUrl() });
  };
  L.TileLayer.prototype.getTileUrl = address;
  L.TileLayer.WMS.prototype.getTileUrl = address;
} else {
  L.TileLayer.prototype.createTile = (_coords, done) => {
    const tile = document.createElement('div');
    window.setTimeout(() => done(null, tile));
    return tile;
  };
  L.TileLayer.prototype.getAttribution = () => '';
}

// A plug-in that is not here, and the whole screen, which a frame can't have, do nothing; without
// them a map's script would end there, and what it draws later would be missing.
const nothing = new Proxy(function () {}, {
  get: (_target, name) => (name === Symbol.toPrimitive ? () => '' : nothing),
  apply: () => nothing,
  construct: () => nothing
});
const forgiving = library =>
  new Proxy(library, { get: (from, name) => (name in from ? from[name] : nothing) });
window.L = forgiving(
  Object.assign(Object.create(L), {
    Control: forgiving(L.Control),
    control: forgiving(L.control)
  })
);

let maps = 0;
L.Map.addInitHook(function () {
  maps += 1;
  this.attributionControl?.setPrefix(escaped(note));
  // A page is scrolled across a map until the reader is at it.
  if (this.options.scrollWheelZoom) {
    this.scrollWheelZoom.disable();
    this.on('focus click', () => this.scrollWheelZoom.enable());
    this.on('blur', () => this.scrollWheelZoom.disable());
  }
});

function escaped(text) {
  const element = document.createElement('span');
  element.textContent = text;
  return element.innerHTML;
}

// The page is as tall as it will be before the frame is: a map fits what it shows into its place.
const fit = () => {
  const wanted = Number(height) || (window.innerWidth * (Number(ratio) || 60)) / 100;
  const tall = Math.min(Math.max(Math.round(wanted), 240), 900);
  document.documentElement.style.setProperty('height', `${tall}px`, 'important');
  return tall;
};
fit();
const measure = () => tell({ height: fit() });
// Links would lead the frame away, and its page lets it go nowhere.
document.addEventListener('click', event => {
  if (event.target.closest?.('a[href]:not([href^="#"])')) {
    event.preventDefault();
  }
});
window.addEventListener('load', () => {
  if (maps === 0) {
    tell({ failed: 'no map' });
    return;
  }
  window.addEventListener('resize', measure);
  measure();
});
