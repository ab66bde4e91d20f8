import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{credentialsTreatedAsExpired,credentialsWillNeedRefresh,defaultProvider}from"./chunk-3G47EK5G.js";import"./chunk-JIKYCRSY.js";import"./chunk-FC5XITJV.js";import"./chunk-P3L3OJW5.js";export{credentialsTreatedAsExpired,credentialsWillNeedRefresh,defaultProvider};
