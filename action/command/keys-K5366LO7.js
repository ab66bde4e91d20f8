import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-RON56RGB.js";import"./chunk-DAK4V43H.js";import"./chunk-YI73BREV.js";import"./chunk-DDUMYNKP.js";import"./chunk-TDGCWCWC.js";import"./chunk-44CMAJ2X.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
