import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{callerAccount,callerIdentity,isUnknownToken,refusalOf}from"./chunk-B6BRGX57.js";import"./chunk-EUZAPHYY.js";import"./chunk-BGB5VV24.js";import"./chunk-GV3WGXRB.js";import"./chunk-P3L3OJW5.js";export{callerAccount,callerIdentity,isUnknownToken,refusalOf};
