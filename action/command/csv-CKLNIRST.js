import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-KAUBOPPU.js";import"./chunk-JNYRUBWW.js";import"./chunk-HI7CAMIR.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
