import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{TrailVerifyError,errorCode,interrupted,isObjectError,malformed,messageOf}from"./chunk-FLZO62AG.js";import"./chunk-DC7FR66H.js";import"./chunk-P3L3OJW5.js";export{TrailVerifyError,errorCode,interrupted,isObjectError,malformed,messageOf};
