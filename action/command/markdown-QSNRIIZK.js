import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{renderMarkdown}from"./chunk-3VZZWV6V.js";import"./chunk-WXIBSNRS.js";import"./chunk-23GOW2QB.js";import"./chunk-P3L3OJW5.js";export{renderMarkdown};
