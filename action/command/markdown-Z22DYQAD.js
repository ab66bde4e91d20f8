import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{renderMarkdown}from"./chunk-S6KB43OA.js";import"./chunk-5DS56CDW.js";import"./chunk-HCHUSPNR.js";import"./chunk-P3L3OJW5.js";export{renderMarkdown};
