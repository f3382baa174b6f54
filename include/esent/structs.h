/* SPDX-License-Identifier: Apache-2.0
 *
 * esent/structs.h - structures of the JET API but those that describe tables
 */
#ifndef HOLDFAST_ESENT_STRUCTS_H
#define HOLDFAST_ESENT_STRUCTS_H

#include <esent/schemadef.h>

#define JET_MAX_COMPUTERNAME_LENGTH 15
#define JET_BASE_NAME_LENGTH        3

/* An index as JET_IdxInfoIndexId names it; opaque. */
typedef struct JET_INDEXID {
    unsigned long cbStruct;
    unsigned char rgbIndexId[sizeof(JET_API_PTR) + sizeof(unsigned long) + sizeof(unsigned long)];
} JET_INDEXID;

/* Hears of the progress of a long call; a result < 0 ends it. */
typedef JET_ERR(JET_API *JET_PFNSTATUS)(JET_SESID sesid, JET_SNP snp, JET_SNT snt, void *pv);

/* Databases that recovery finds elsewhere. */
typedef struct JET_RSTMAP_A {
    char *szDatabaseName;
    char *szNewDatabaseName;
} JET_RSTMAP_A;

typedef struct JET_RSTMAP_W {
    WCHAR *szDatabaseName;
    WCHAR *szNewDatabaseName;
} JET_RSTMAP_W;

typedef struct JET_SETDBPARAM {
    unsigned long dbparamid;
    void *pvParam;
    unsigned long cbParam;
} JET_SETDBPARAM;

typedef struct JET_RSTMAP2_A {
    unsigned long cbStruct;
    char *szDatabaseName;
    char *szNewDatabaseName;
    JET_SETDBPARAM *rgsetdbparam;
    unsigned long csetdbparam;
    JET_GRBIT grbit;
} JET_RSTMAP2_A;

typedef struct JET_RSTMAP2_W {
    unsigned long cbStruct;
    WCHAR *szDatabaseName;
    WCHAR *szNewDatabaseName;
    JET_SETDBPARAM *rgsetdbparam;
    unsigned long csetdbparam;
    JET_GRBIT grbit;
} JET_RSTMAP2_W;

typedef JET_ERR(JET_API *JET_PFNINITCALLBACK)(JET_SNP snp, JET_SNT snt, void *pv, void *pvContext);

/* Of JetCompact. */
typedef struct JET_CONVERT_A {
    char *szOldDll;
    union {
        unsigned long fFlags;
        struct {
            unsigned long fSchemaChangesOnly : 1;
        };
    };
} JET_CONVERT_A;

typedef struct JET_CONVERT_W {
    WCHAR *szOldDll;
    union {
        unsigned long fFlags;
        struct {
            unsigned long fSchemaChangesOnly : 1;
        };
    };
} JET_CONVERT_W;

/* Called around updates of a table. */
typedef JET_ERR(JET_API *JET_CALLBACK)(JET_SESID sesid, JET_DBID dbid, JET_TABLEID tableid,
                                       JET_CBTYP cbtyp, void *pvArg1, void *pvArg2, void *pvContext,
                                       JET_API_PTR ulUnused);

/* Progress, as given to JET_PFNSTATUS. */
typedef struct JET_SNPROG {
    unsigned long cbStruct;
    unsigned long cunitDone;
    unsigned long cunitTotal;
} JET_SNPROG;

typedef struct JET_DBINFOUPGRADE {
    unsigned long cbStruct;
    unsigned long cbFilesizeLow;
    unsigned long cbFilesizeHigh;
    unsigned long cbFreeSpaceRequiredLow;
    unsigned long cbFreeSpaceRequiredHigh;
    unsigned long csecToUpgrade;
    union {
        unsigned long ulFlags;
        struct {
            unsigned long fUpgradable : 1;
            unsigned long fAlreadyUpgraded : 1;
        };
    };
} JET_DBINFOUPGRADE;

/* Which value, and from where in it. */
typedef struct JET_RETINFO {
    unsigned long cbStruct;
    unsigned long ibLongValue;
    unsigned long itagSequence;
    JET_COLUMNID columnidNextTagged;
} JET_RETINFO;

typedef struct JET_SETINFO {
    unsigned long cbStruct;
    unsigned long ibLongValue;
    unsigned long itagSequence;
} JET_SETINFO;

/* A place in an index as a fraction. */
typedef struct JET_RECPOS {
    unsigned long cbStruct;
    unsigned long centriesLT;
    unsigned long centriesInRange;
    unsigned long centriesTotal;
} JET_RECPOS;

typedef struct JET_RECPOS2 {
    unsigned long cbStruct;
    unsigned long centriesLTDeprecated;
    unsigned long centriesInRangeDeprecated;
    unsigned long centriesTotalDeprecated;
    unsigned long long centriesLT;
    unsigned long long centriesTotal;
} JET_RECPOS2;

/* Index ranges and their intersection. */
typedef struct JET_RECORDLIST {
    unsigned long cbStruct;
    JET_TABLEID tableid;
    unsigned long cRecord;
    JET_COLUMNID columnidBookmark;
} JET_RECORDLIST;

typedef struct JET_INDEXRANGE {
    unsigned long cbStruct;
    JET_TABLEID tableid;
    JET_GRBIT grbit;
} JET_INDEXRANGE;

typedef enum {
    JET_relopEquals = 0,
    JET_relopPrefixEquals,
    JET_relopNotEquals,
    JET_relopLessThanOrEqual,
    JET_relopLessThan,
    JET_relopGreaterThanOrEqual,
    JET_relopGreaterThan,
    JET_relopBitmaskEqualsZero,
    JET_relopBitmaskNotEqualsZero,
} JET_RELOP;

typedef struct JET_INDEX_COLUMN {
    JET_COLUMNID columnid;
    JET_RELOP relop;
    void *pv;
    unsigned long cb;
    JET_GRBIT grbit;
} JET_INDEX_COLUMN;

typedef struct JET_INDEX_RANGE {
    JET_INDEX_COLUMN *rgStartColumns;
    unsigned long cStartColumns;
    JET_INDEX_COLUMN *rgEndColumns;
    unsigned long cEndColumns;
} JET_INDEX_RANGE;

#pragma pack(push, 1)

/* Times, log positions and signatures; packed, as in the headers of files. */
typedef struct JET_LOGTIME {
    char bSeconds;
    char bMinutes;
    char bHours;
    char bDay;
    char bMonth;
    char bYear;
    union {
        char bFiller1;
        struct {
            unsigned char fTimeIsUTC : 1;
            unsigned char bMillisecondsLow : 7;
        };
    };
    union {
        char bFiller2;
        struct {
            unsigned char fReserved : 1;
            unsigned char bMillisecondsHigh : 3;
            unsigned char fUnused : 4;
        };
    };
} JET_LOGTIME;

typedef struct JET_BKLOGTIME {
    char bSeconds;
    char bMinutes;
    char bHours;
    char bDay;
    char bMonth;
    char bYear;
    union {
        char bFiller1;
        struct {
            unsigned char fTimeIsUTC : 1;
            unsigned char bMillisecondsLow : 7;
        };
    };
    union {
        char bFiller2;
        struct {
            unsigned char fOSSnapshot : 1;
            unsigned char bMillisecondsHigh : 3;
            unsigned char fReserved : 4;
        };
    };
} JET_BKLOGTIME;

typedef struct JET_LGPOS {
    unsigned short ib;
    unsigned short isec;
    long lGeneration;
} JET_LGPOS;

typedef struct JET_SIGNATURE {
    unsigned long ulRandom;
    JET_LOGTIME logtimeCreate;
    char szComputerName[JET_MAX_COMPUTERNAME_LENGTH + 1];
} JET_SIGNATURE;

typedef struct JET_BKINFO {
    JET_LGPOS lgposMark;
    union {
        JET_LOGTIME logtimeMark;
        JET_BKLOGTIME bklogtimeMark;
    };
    unsigned long genLow;
    unsigned long genHigh;
} JET_BKINFO;

#pragma pack(pop)

/* What JET_DbInfoMisc tells, by the size of the buffer. */
typedef struct JET_DBINFOMISC {
    unsigned long ulVersion;
    unsigned long ulUpdate;
    JET_SIGNATURE signDb;
    unsigned long dbstate;
    JET_LGPOS lgposConsistent;
    JET_LOGTIME logtimeConsistent;
    JET_LOGTIME logtimeAttach;
    JET_LGPOS lgposAttach;
    JET_LOGTIME logtimeDetach;
    JET_LGPOS lgposDetach;
    JET_SIGNATURE signLog;
    JET_BKINFO bkinfoFullPrev;
    JET_BKINFO bkinfoIncPrev;
    JET_BKINFO bkinfoFullCur;
    unsigned long fShadowingDisabled;
    unsigned long fUpgradeDb;
    unsigned long dwMajorVersion;
    unsigned long dwMinorVersion;
    unsigned long dwBuildNumber;
    long lSPNumber;
    unsigned long cbPageSize;
} JET_DBINFOMISC;

typedef struct JET_DBINFOMISC2 {
    unsigned long ulVersion;
    unsigned long ulUpdate;
    JET_SIGNATURE signDb;
    unsigned long dbstate;
    JET_LGPOS lgposConsistent;
    JET_LOGTIME logtimeConsistent;
    JET_LOGTIME logtimeAttach;
    JET_LGPOS lgposAttach;
    JET_LOGTIME logtimeDetach;
    JET_LGPOS lgposDetach;
    JET_SIGNATURE signLog;
    JET_BKINFO bkinfoFullPrev;
    JET_BKINFO bkinfoIncPrev;
    JET_BKINFO bkinfoFullCur;
    unsigned long fShadowingDisabled;
    unsigned long fUpgradeDb;
    unsigned long dwMajorVersion;
    unsigned long dwMinorVersion;
    unsigned long dwBuildNumber;
    long lSPNumber;
    unsigned long cbPageSize;
    unsigned long genMinRequired;
    unsigned long genMaxRequired;
    JET_LOGTIME logtimeGenMaxCreate;
    unsigned long ulRepairCount;
    JET_LOGTIME logtimeRepair;
    unsigned long ulRepairCountOld;
    unsigned long ulECCFixSuccess;
    JET_LOGTIME logtimeECCFixSuccess;
    unsigned long ulECCFixSuccessOld;
    unsigned long ulECCFixFail;
    JET_LOGTIME logtimeECCFixFail;
    unsigned long ulECCFixFailOld;
    unsigned long ulBadChecksum;
    JET_LOGTIME logtimeBadChecksum;
    unsigned long ulBadChecksumOld;
} JET_DBINFOMISC2;

typedef struct JET_DBINFOMISC3 {
    unsigned long ulVersion;
    unsigned long ulUpdate;
    JET_SIGNATURE signDb;
    unsigned long dbstate;
    JET_LGPOS lgposConsistent;
    JET_LOGTIME logtimeConsistent;
    JET_LOGTIME logtimeAttach;
    JET_LGPOS lgposAttach;
    JET_LOGTIME logtimeDetach;
    JET_LGPOS lgposDetach;
    JET_SIGNATURE signLog;
    JET_BKINFO bkinfoFullPrev;
    JET_BKINFO bkinfoIncPrev;
    JET_BKINFO bkinfoFullCur;
    unsigned long fShadowingDisabled;
    unsigned long fUpgradeDb;
    unsigned long dwMajorVersion;
    unsigned long dwMinorVersion;
    unsigned long dwBuildNumber;
    long lSPNumber;
    unsigned long cbPageSize;
    unsigned long genMinRequired;
    unsigned long genMaxRequired;
    JET_LOGTIME logtimeGenMaxCreate;
    unsigned long ulRepairCount;
    JET_LOGTIME logtimeRepair;
    unsigned long ulRepairCountOld;
    unsigned long ulECCFixSuccess;
    JET_LOGTIME logtimeECCFixSuccess;
    unsigned long ulECCFixSuccessOld;
    unsigned long ulECCFixFail;
    JET_LOGTIME logtimeECCFixFail;
    unsigned long ulECCFixFailOld;
    unsigned long ulBadChecksum;
    JET_LOGTIME logtimeBadChecksum;
    unsigned long ulBadChecksumOld;
    unsigned long genCommitted;
} JET_DBINFOMISC3;

typedef struct JET_DBINFOMISC4 {
    unsigned long ulVersion;
    unsigned long ulUpdate;
    JET_SIGNATURE signDb;
    unsigned long dbstate;
    JET_LGPOS lgposConsistent;
    JET_LOGTIME logtimeConsistent;
    JET_LOGTIME logtimeAttach;
    JET_LGPOS lgposAttach;
    JET_LOGTIME logtimeDetach;
    JET_LGPOS lgposDetach;
    JET_SIGNATURE signLog;
    JET_BKINFO bkinfoFullPrev;
    JET_BKINFO bkinfoIncPrev;
    JET_BKINFO bkinfoFullCur;
    unsigned long fShadowingDisabled;
    unsigned long fUpgradeDb;
    unsigned long dwMajorVersion;
    unsigned long dwMinorVersion;
    unsigned long dwBuildNumber;
    long lSPNumber;
    unsigned long cbPageSize;
    unsigned long genMinRequired;
    unsigned long genMaxRequired;
    JET_LOGTIME logtimeGenMaxCreate;
    unsigned long ulRepairCount;
    JET_LOGTIME logtimeRepair;
    unsigned long ulRepairCountOld;
    unsigned long ulECCFixSuccess;
    JET_LOGTIME logtimeECCFixSuccess;
    unsigned long ulECCFixSuccessOld;
    unsigned long ulECCFixFail;
    JET_LOGTIME logtimeECCFixFail;
    unsigned long ulECCFixFailOld;
    unsigned long ulBadChecksum;
    JET_LOGTIME logtimeBadChecksum;
    unsigned long ulBadChecksumOld;
    unsigned long genCommitted;
    JET_BKINFO bkinfoCopyPrev;
    JET_BKINFO bkinfoDiffPrev;
} JET_DBINFOMISC4;

/* Counters of a thread. */
typedef struct JET_THREADSTATS {
    unsigned long cbStruct;
    unsigned long cPageReferenced;
    unsigned long cPageRead;
    unsigned long cPagePreread;
    unsigned long cPageDirtied;
    unsigned long cPageRedirtied;
    unsigned long cLogRecord;
    unsigned long cbLogRecord;
} JET_THREADSTATS;

typedef struct JET_THREADSTATS2 {
    unsigned long cbStruct;
    unsigned long cPageReferenced;
    unsigned long cPageRead;
    unsigned long cPagePreread;
    unsigned long cPageDirtied;
    unsigned long cPageRedirtied;
    unsigned long cLogRecord;
    unsigned long cbLogRecord;
    uint64_t cusecPageCacheMiss;
    unsigned long cPageCacheMiss;
} JET_THREADSTATS2;

typedef struct JET_THREADSTATS3 {
    unsigned long cbStruct;
    unsigned long cPageReferenced;
    unsigned long cPageRead;
    unsigned long cPagePreread;
    unsigned long cPageDirtied;
    unsigned long cPageRedirtied;
    unsigned long cLogRecord;
    unsigned long cbLogRecord;
    uint64_t cusecPageCacheMiss;
    unsigned long cPageCacheMiss;
    unsigned long cSeparatedLongValueRead;
    uint64_t cusecLongValuePageCacheMiss;
    unsigned long cLongValuePageCacheMiss;
} JET_THREADSTATS3;

/* Of JetInit3 and JetInit4. */
typedef struct JET_RSTINFO_A {
    unsigned long cbStruct;
    JET_RSTMAP_A *rgrstmap;
    long crstmap;
    JET_LGPOS lgposStop;
    JET_LOGTIME logtimeStop;
    JET_PFNSTATUS pfnStatus;
} JET_RSTINFO_A;

typedef struct JET_RSTINFO_W {
    unsigned long cbStruct;
    JET_RSTMAP_W *rgrstmap;
    long crstmap;
    JET_LGPOS lgposStop;
    JET_LOGTIME logtimeStop;
    JET_PFNSTATUS pfnStatus;
} JET_RSTINFO_W;

typedef struct JET_RSTINFO2_A {
    unsigned long cbStruct;
    JET_RSTMAP2_A *rgrstmap;
    long crstmap;
    JET_LGPOS lgposStop;
    JET_LOGTIME logtimeStop;
    JET_PFNINITCALLBACK pfnCallback;
    void *pvCallbackContext;
} JET_RSTINFO2_A;

typedef struct JET_RSTINFO2_W {
    unsigned long cbStruct;
    JET_RSTMAP2_W *rgrstmap;
    long crstmap;
    JET_LGPOS lgposStop;
    JET_LOGTIME logtimeStop;
    JET_PFNINITCALLBACK pfnCallback;
    void *pvCallbackContext;
} JET_RSTINFO2_W;

/* The tree of error categories. */
typedef enum {
    JET_errcatUnknown = 0,
    JET_errcatError,
    JET_errcatOperation,
    JET_errcatFatal,
    JET_errcatIO,
    JET_errcatResource,
    JET_errcatMemory,
    JET_errcatQuota,
    JET_errcatDisk,
    JET_errcatData,
    JET_errcatCorruption,
    JET_errcatInconsistent,
    JET_errcatFragmentation,
    JET_errcatApi,
    JET_errcatUsage,
    JET_errcatState,
    JET_errcatObsolete,
    JET_errcatMax,
} JET_ERRCAT;

typedef struct JET_ERRINFOBASIC_W {
    unsigned long cbStruct;
    JET_ERR errValue;
    JET_ERRCAT errcatMostSpecific;
    unsigned char rgCategoricalHierarchy[8];
    unsigned long lSourceLine;
    WCHAR rgszSourceFile[64];
} JET_ERRINFOBASIC_W;

/* Names a commit; JET_PFNDURABLECOMMITCALLBACK hears when it is durable. */
typedef struct JET_COMMIT_ID {
    JET_SIGNATURE signLog;
    int reserved;
    int64_t commitId;
} JET_COMMIT_ID;

typedef JET_ERR(JET_API *JET_PFNDURABLECOMMITCALLBACK)(JET_INSTANCE instance,
                                                       JET_COMMIT_ID *pCommitIdSeen,
                                                       JET_GRBIT grbit);

/* Values of JET_paramEnableIndexChecking. */
typedef enum {
    JET_IndexCheckingOff = 0,
    JET_IndexCheckingOn = 1,
    JET_IndexCheckingDeferToOpenTable = 2,
    JET_IndexCheckingMax = 3,
} JET_INDEXCHECKING;

/* Of JET_sesparamOperationContext. */
typedef struct JET_OPERATIONCONTEXT {
    unsigned long ulUserID;
    unsigned char nOperationID;
    unsigned char nOperationType;
    unsigned char nClientType;
    unsigned char fFlags;
} JET_OPERATIONCONTEXT;

/* One column of JetSetColumns. */
typedef struct JET_SETCOLUMN {
    JET_COLUMNID columnid;
    const void *pvData;
    unsigned long cbData;
    JET_GRBIT grbit;
    unsigned long ibLongValue;
    unsigned long itagSequence;
    JET_ERR err;
} JET_SETCOLUMN;

/* One parameter of JetEnableMultiInstance. */
typedef struct JET_SETSYSPARAM_A {
    unsigned long paramid;
    JET_API_PTR lParam;
    const char *sz;
    JET_ERR err;
} JET_SETSYSPARAM_A;

typedef struct JET_SETSYSPARAM_W {
    unsigned long paramid;
    JET_API_PTR lParam;
    const WCHAR *sz;
    JET_ERR err;
} JET_SETSYSPARAM_W;

/* One column of JetRetrieveColumns. */
typedef struct JET_RETRIEVECOLUMN {
    JET_COLUMNID columnid;
    void *pvData;
    unsigned long cbData;
    unsigned long cbActual;
    JET_GRBIT grbit;
    unsigned long ibLongValue;
    unsigned long itagSequence;
    JET_COLUMNID columnidNextTagged;
    JET_ERR err;
} JET_RETRIEVECOLUMN;

/* What JetEnumerateColumns is asked for and gives. */
typedef struct JET_ENUMCOLUMNID {
    JET_COLUMNID columnid;
    unsigned long ctagSequence;
    unsigned long *rgtagSequence;
} JET_ENUMCOLUMNID;

typedef struct JET_ENUMCOLUMNVALUE {
    unsigned long itagSequence;
    JET_ERR err;
    unsigned long cbData;
    void *pvData;
} JET_ENUMCOLUMNVALUE;

typedef struct JET_ENUMCOLUMN {
    JET_COLUMNID columnid;
    JET_ERR err;
    union {
        struct {
            unsigned long cEnumColumnValue;
            JET_ENUMCOLUMNVALUE *rgEnumColumnValue;
        };
        struct {
            unsigned long cbData;
            void *pvData;
        };
    };
} JET_ENUMCOLUMN;

typedef void *(JET_API *JET_PFNREALLOC)(void *pvContext, void *pv, unsigned long cb);

/* Sizes of a row, by kind. */
typedef struct JET_RECSIZE {
    uint64_t cbData;
    uint64_t cbLongValueData;
    uint64_t cbOverhead;
    uint64_t cbLongValueOverhead;
    uint64_t cNonTaggedColumns;
    uint64_t cTaggedColumns;
    uint64_t cLongValues;
    uint64_t cMultiValues;
} JET_RECSIZE;

typedef struct JET_RECSIZE2 {
    uint64_t cbData;
    uint64_t cbLongValueData;
    uint64_t cbOverhead;
    uint64_t cbLongValueOverhead;
    uint64_t cNonTaggedColumns;
    uint64_t cTaggedColumns;
    uint64_t cLongValues;
    uint64_t cMultiValues;
    uint64_t cCompressedColumns;
    uint64_t cbDataCompressed;
    uint64_t cbLongValueDataCompressed;
} JET_RECSIZE2;

/* Of the external backup functions. */
typedef struct JET_LOGINFO_A {
    unsigned long cbSize;
    unsigned long ulGenLow;
    unsigned long ulGenHigh;
    char szBaseName[JET_BASE_NAME_LENGTH + 1];
} JET_LOGINFO_A;

typedef struct JET_LOGINFO_W {
    unsigned long cbSize;
    unsigned long ulGenLow;
    unsigned long ulGenHigh;
    WCHAR szBaseName[JET_BASE_NAME_LENGTH + 1];
} JET_LOGINFO_W;

/* A running instance and its databases. */
typedef struct JET_INSTANCE_INFO_A {
    JET_INSTANCE hInstanceId;
    char *szInstanceName;
    JET_API_PTR cDatabases;
    char **szDatabaseFileName;
    char **szDatabaseDisplayName;
    char **szDatabaseSLVFileName_Obsolete;
} JET_INSTANCE_INFO_A;

typedef struct JET_INSTANCE_INFO_W {
    JET_INSTANCE hInstanceId;
    WCHAR *szInstanceName;
    JET_API_PTR cDatabases;
    WCHAR **szDatabaseFileName;
    WCHAR **szDatabaseDisplayName;
    WCHAR **szDatabaseSLVFileName_Obsolete;
} JET_INSTANCE_INFO_W;

/* Of JetSetResourceParam. */
typedef enum {
    JET_residNull,
    JET_residFCB,
    JET_residFUCB,
    JET_residTDB,
    JET_residIDB,
    JET_residPIB,
    JET_residSCB,
    JET_residVERBUCKET,
    JET_residPAGE,
    JET_residSPLIT,
    JET_residSPLITPATH,
    JET_residMERGE,
    JET_residMERGEPATH,
    JET_residINST,
    JET_residLOG,
    JET_residKEY,
    JET_residBOOKMARK,
    JET_residLRUKHIST,
    JET_residRBSBuf,
    JET_residTest,
    JET_residMax,
    JET_residAll = 0x0fffffff
} JET_RESID;

typedef enum {
    JET_resoperNull,
    JET_resoperTag,
    JET_resoperSize,
    JET_resoperAlign,
    JET_resoperMinUse,
    JET_resoperMaxUse,
    JET_resoperObjectsPerChunk,
    JET_resoperCurrentUse,
    JET_resoperChunkSize,
    JET_resoperLookasideEntries,
    JET_resoperRFOLOffset,
    JET_resoperGuard,
    JET_resoperAllocTopDown,
    JET_resoperPreserveFreed,
    JET_resoperAllocFromHeap,
    JET_resoperEnableMaxUse,
    JET_resoperRCIList,
    JET_resoperSectionHeader,
    JET_resoperMax
} JET_RESOPER;

#ifdef JET_UNICODE
#define JET_RSTMAP        JET_RSTMAP_W
#define JET_RSTMAP2       JET_RSTMAP2_W
#define JET_CONVERT       JET_CONVERT_W
#define JET_RSTINFO       JET_RSTINFO_W
#define JET_RSTINFO2      JET_RSTINFO2_W
#define JET_SETSYSPARAM   JET_SETSYSPARAM_W
#define JET_LOGINFO       JET_LOGINFO_W
#define JET_INSTANCE_INFO JET_INSTANCE_INFO_W
#else
#define JET_RSTMAP        JET_RSTMAP_A
#define JET_RSTMAP2       JET_RSTMAP2_A
#define JET_CONVERT       JET_CONVERT_A
#define JET_RSTINFO       JET_RSTINFO_A
#define JET_RSTINFO2      JET_RSTINFO2_A
#define JET_SETSYSPARAM   JET_SETSYSPARAM_A
#define JET_LOGINFO       JET_LOGINFO_A
#define JET_INSTANCE_INFO JET_INSTANCE_INFO_A
#endif

#endif
