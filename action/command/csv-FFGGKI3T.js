import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-XM4W57V6.js";import"./chunk-EXGOZLKF.js";import"./chunk-Y6MB7R5V.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
