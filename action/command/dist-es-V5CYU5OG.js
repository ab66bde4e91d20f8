import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{credentialsTreatedAsExpired,credentialsWillNeedRefresh,defaultProvider}from"./chunk-PDTWEQHS.js";import"./chunk-FLZO62AG.js";import"./chunk-DC7FR66H.js";import"./chunk-P3L3OJW5.js";export{credentialsTreatedAsExpired,credentialsWillNeedRefresh,defaultProvider};
