import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{renderMarkdown}from"./chunk-DZJ435R4.js";import"./chunk-UOGMIC7W.js";import"./chunk-P4VJPDHN.js";import"./chunk-P3L3OJW5.js";export{renderMarkdown};
