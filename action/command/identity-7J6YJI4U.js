import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{callerAccount,callerIdentity,isUnknownToken,refusalOf}from"./chunk-TQT26K7G.js";import"./chunk-QVSX54PL.js";import"./chunk-IRNJNT3I.js";import"./chunk-JDEAPGUP.js";import"./chunk-P3L3OJW5.js";export{callerAccount,callerIdentity,isUnknownToken,refusalOf};
