import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{renderMarkdown}from"./chunk-UWMF5WKP.js";import"./chunk-ZTBCP355.js";import"./chunk-EAJBYA7O.js";import"./chunk-P3L3OJW5.js";export{renderMarkdown};
