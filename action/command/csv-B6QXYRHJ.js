import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-TJ2SJCN4.js";import"./chunk-BGB5VV24.js";import"./chunk-GV3WGXRB.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
