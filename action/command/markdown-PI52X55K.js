import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{renderMarkdown}from"./chunk-DMGIM4HL.js";import"./chunk-KEQRH5OZ.js";import"./chunk-UUBSHXJV.js";import"./chunk-P3L3OJW5.js";export{renderMarkdown};
