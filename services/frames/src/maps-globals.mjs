// What plug-ins of Leaflet look for in the window, before they are loaded.
/* global window */
import L from 'leaflet/dist/leaflet-src.js';

window.L = L;
