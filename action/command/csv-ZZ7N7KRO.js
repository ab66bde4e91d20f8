import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{CSV_TABLES,csvLines}from"./chunk-2J4L2J46.js";import"./chunk-ST4HAQP7.js";import"./chunk-M5C3NEHJ.js";import"./chunk-P3L3OJW5.js";export{CSV_TABLES,csvLines};
