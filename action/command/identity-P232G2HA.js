import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{callerAccount,callerIdentity,isUnknownToken,refusalOf}from"./chunk-3EJ52DMD.js";import"./chunk-G3DHYMNE.js";import"./chunk-2P5NMLSM.js";import"./chunk-ODU6ZJ5M.js";import"./chunk-P3L3OJW5.js";export{callerAccount,callerIdentity,isUnknownToken,refusalOf};
