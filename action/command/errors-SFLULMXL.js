import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{TrailVerifyError,errorCode,interrupted,isObjectError,malformed,messageOf}from"./chunk-JIKYCRSY.js";import"./chunk-FC5XITJV.js";import"./chunk-P3L3OJW5.js";export{TrailVerifyError,errorCode,interrupted,isObjectError,malformed,messageOf};
