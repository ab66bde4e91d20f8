import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{renderMarkdown}from"./chunk-7YED3DWH.js";import"./chunk-6HEJVXG7.js";import"./chunk-CVV7LFEB.js";import"./chunk-P3L3OJW5.js";export{renderMarkdown};
