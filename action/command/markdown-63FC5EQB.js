import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{renderMarkdown}from"./chunk-CB3US6J5.js";import"./chunk-3WVMR3AP.js";import"./chunk-EIRLTXDF.js";import"./chunk-P3L3OJW5.js";export{renderMarkdown};
