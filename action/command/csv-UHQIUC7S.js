import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-O4JZHZS4.js";import"./chunk-ZTBCP355.js";import"./chunk-EAJBYA7O.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
