import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{callerAccount,callerIdentity,isUnknownToken,refusalOf}from"./chunk-HU3H6FAT.js";import"./chunk-UH3OECVM.js";import"./chunk-LQHJLMHW.js";import"./chunk-XHWTXREJ.js";import"./chunk-P3L3OJW5.js";export{callerAccount,callerIdentity,isUnknownToken,refusalOf};
