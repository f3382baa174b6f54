/* SPDX-License-Identifier: Apache-2.0
 *
 * esent/schemadef.h - structures that describe tables, columns and indexes
 */
#ifndef HOLDFAST_ESENT_SCHEMADEF_H
#define HOLDFAST_ESENT_SCHEMADEF_H

#include <esent/types.h>

/* What JetGetObjectInfo tells of a table; lists are temporary tables with these columns. */
typedef struct JET_OBJECTINFO {
    unsigned long cbStruct;
    JET_OBJTYP objtyp;
    JET_DATESERIAL dtCreate;
    JET_DATESERIAL dtUpdate;
    JET_GRBIT grbit;
    unsigned long flags;
    unsigned long cRecord;
    unsigned long cPage;
} JET_OBJECTINFO;

typedef struct JET_OBJECTLIST {
    unsigned long cbStruct;
    JET_TABLEID tableid;
    unsigned long cRecord;
    JET_COLUMNID columnidcontainername;
    JET_COLUMNID columnidobjectname;
    JET_COLUMNID columnidobjtyp;
    JET_COLUMNID columniddtCreate;
    JET_COLUMNID columniddtUpdate;
    JET_COLUMNID columnidgrbit;
    JET_COLUMNID columnidflags;
    JET_COLUMNID columnidcRecord;
    JET_COLUMNID columnidcPage;
} JET_OBJECTLIST;

typedef struct JET_COLUMNLIST {
    unsigned long cbStruct;
    JET_TABLEID tableid;
    unsigned long cRecord;
    JET_COLUMNID columnidPresentationOrder;
    JET_COLUMNID columnidcolumnname;
    JET_COLUMNID columnidcolumnid;
    JET_COLUMNID columnidcoltyp;
    JET_COLUMNID columnidCountry;
    JET_COLUMNID columnidLangid;
    JET_COLUMNID columnidCp;
    JET_COLUMNID columnidCollate;
    JET_COLUMNID columnidcbMax;
    JET_COLUMNID columnidgrbit;
    JET_COLUMNID columnidDefault;
    JET_COLUMNID columnidBaseTableName;
    JET_COLUMNID columnidBaseColumnName;
    JET_COLUMNID columnidDefinitionName;
} JET_COLUMNLIST;

/* A column, its definition and its listing. */
typedef struct JET_COLUMNDEF {
    unsigned long cbStruct;
    JET_COLUMNID columnid;
    JET_COLTYP coltyp;
    unsigned short wCountry;
    unsigned short langid;
    unsigned short cp;
    unsigned short wCollate;
    unsigned long cbMax;
    JET_GRBIT grbit;
} JET_COLUMNDEF;

typedef struct JET_COLUMNBASE_A {
    unsigned long cbStruct;
    JET_COLUMNID columnid;
    JET_COLTYP coltyp;
    unsigned short wCountry;
    unsigned short langid;
    unsigned short cp;
    unsigned short wFiller;
    unsigned long cbMax;
    JET_GRBIT grbit;
    char szBaseTableName[256];
    char szBaseColumnName[256];
} JET_COLUMNBASE_A;

typedef struct JET_COLUMNBASE_W {
    unsigned long cbStruct;
    JET_COLUMNID columnid;
    JET_COLTYP coltyp;
    unsigned short wCountry;
    unsigned short langid;
    unsigned short cp;
    unsigned short wFiller;
    unsigned long cbMax;
    JET_GRBIT grbit;
    WCHAR szBaseTableName[256];
    WCHAR szBaseColumnName[256];
} JET_COLUMNBASE_W;

/* The columns of a listing of indexes: one row a segment. */
typedef struct JET_INDEXLIST {
    unsigned long cbStruct;
    JET_TABLEID tableid;
    unsigned long cRecord;
    JET_COLUMNID columnidindexname;
    JET_COLUMNID columnidgrbitIndex;
    JET_COLUMNID columnidcKey;
    JET_COLUMNID columnidcEntry;
    JET_COLUMNID columnidcPage;
    JET_COLUMNID columnidcColumn;
    JET_COLUMNID columnidiColumn;
    JET_COLUMNID columnidcolumnid;
    JET_COLUMNID columnidcoltyp;
    JET_COLUMNID columnidCountry;
    JET_COLUMNID columnidLangid;
    JET_COLUMNID columnidCp;
    JET_COLUMNID columnidCollate;
    JET_COLUMNID columnidgrbitColumn;
    JET_COLUMNID columnidcolumnname;
    JET_COLUMNID columnidLCMapFlags;
} JET_INDEXLIST;

/* Columns, conditions, indexes and tables to be created. */
typedef struct JET_COLUMNCREATE_A {
    unsigned long cbStruct;
    char *szColumnName;
    JET_COLTYP coltyp;
    unsigned long cbMax;
    JET_GRBIT grbit;
    void *pvDefault;
    unsigned long cbDefault;
    unsigned long cp;
    JET_COLUMNID columnid;
    JET_ERR err;
} JET_COLUMNCREATE_A;

typedef struct JET_COLUMNCREATE_W {
    unsigned long cbStruct;
    WCHAR *szColumnName;
    JET_COLTYP coltyp;
    unsigned long cbMax;
    JET_GRBIT grbit;
    void *pvDefault;
    unsigned long cbDefault;
    unsigned long cp;
    JET_COLUMNID columnid;
    JET_ERR err;
} JET_COLUMNCREATE_W;

typedef struct JET_USERDEFINEDDEFAULT_A {
    char *szCallback;
    unsigned char *pbUserData;
    unsigned long cbUserData;
    char *szDependantColumns;
} JET_USERDEFINEDDEFAULT_A;

typedef struct JET_USERDEFINEDDEFAULT_W {
    WCHAR *szCallback;
    unsigned char *pbUserData;
    unsigned long cbUserData;
    WCHAR *szDependantColumns;
} JET_USERDEFINEDDEFAULT_W;

typedef struct JET_CONDITIONALCOLUMN_A {
    unsigned long cbStruct;
    char *szColumnName;
    JET_GRBIT grbit;
} JET_CONDITIONALCOLUMN_A;

typedef struct JET_CONDITIONALCOLUMN_W {
    unsigned long cbStruct;
    WCHAR *szColumnName;
    JET_GRBIT grbit;
} JET_CONDITIONALCOLUMN_W;

typedef struct JET_UNICODEINDEX {
    unsigned long lcid;
    unsigned long dwMapFlags;
} JET_UNICODEINDEX;

typedef struct JET_UNICODEINDEX2 {
    WCHAR *szLocaleName;
    unsigned long dwMapFlags;
} JET_UNICODEINDEX2;

typedef struct JET_TUPLELIMITS {
    unsigned long chLengthMin;
    unsigned long chLengthMax;
    unsigned long chToIndexMax;
    unsigned long cchIncrement;
    unsigned long ichStart;
} JET_TUPLELIMITS;

typedef struct JET_SPACEHINTS {
    unsigned long cbStruct;
    unsigned long ulInitialDensity;
    unsigned long cbInitial;
    JET_GRBIT grbit;
    unsigned long ulMaintDensity;
    unsigned long ulGrowth;
    unsigned long cbMinExtent;
    unsigned long cbMaxExtent;
} JET_SPACEHINTS;

typedef struct JET_INDEXCREATE_A {
    unsigned long cbStruct;
    char *szIndexName;
    char *szKey;
    unsigned long cbKey;
    JET_GRBIT grbit;
    unsigned long ulDensity;
    union {
        unsigned long lcid;
        JET_UNICODEINDEX *pidxunicode;
    };
    union {
        unsigned long cbVarSegMac;
        JET_TUPLELIMITS *ptuplelimits;
    };
    JET_CONDITIONALCOLUMN_A *rgconditionalcolumn;
    unsigned long cConditionalColumn;
    JET_ERR err;
    unsigned long cbKeyMost;
} JET_INDEXCREATE_A;

typedef struct JET_INDEXCREATE_W {
    unsigned long cbStruct;
    WCHAR *szIndexName;
    WCHAR *szKey;
    unsigned long cbKey;
    JET_GRBIT grbit;
    unsigned long ulDensity;
    union {
        unsigned long lcid;
        JET_UNICODEINDEX *pidxunicode;
    };
    union {
        unsigned long cbVarSegMac;
        JET_TUPLELIMITS *ptuplelimits;
    };
    JET_CONDITIONALCOLUMN_W *rgconditionalcolumn;
    unsigned long cConditionalColumn;
    JET_ERR err;
    unsigned long cbKeyMost;
} JET_INDEXCREATE_W;

typedef struct JET_INDEXCREATE2_A {
    unsigned long cbStruct;
    char *szIndexName;
    char *szKey;
    unsigned long cbKey;
    JET_GRBIT grbit;
    unsigned long ulDensity;
    union {
        unsigned long lcid;
        JET_UNICODEINDEX *pidxunicode;
    };
    union {
        unsigned long cbVarSegMac;
        JET_TUPLELIMITS *ptuplelimits;
    };
    JET_CONDITIONALCOLUMN_A *rgconditionalcolumn;
    unsigned long cConditionalColumn;
    JET_ERR err;
    unsigned long cbKeyMost;
    JET_SPACEHINTS *pSpacehints;
} JET_INDEXCREATE2_A;

typedef struct JET_INDEXCREATE2_W {
    unsigned long cbStruct;
    WCHAR *szIndexName;
    WCHAR *szKey;
    unsigned long cbKey;
    JET_GRBIT grbit;
    unsigned long ulDensity;
    union {
        unsigned long lcid;
        JET_UNICODEINDEX *pidxunicode;
    };
    union {
        unsigned long cbVarSegMac;
        JET_TUPLELIMITS *ptuplelimits;
    };
    JET_CONDITIONALCOLUMN_W *rgconditionalcolumn;
    unsigned long cConditionalColumn;
    JET_ERR err;
    unsigned long cbKeyMost;
    JET_SPACEHINTS *pSpacehints;
} JET_INDEXCREATE2_W;

typedef struct JET_INDEXCREATE3_A {
    unsigned long cbStruct;
    char *szIndexName;
    char *szKey;
    unsigned long cbKey;
    JET_GRBIT grbit;
    unsigned long ulDensity;
    JET_UNICODEINDEX2 *pidxunicode;
    union {
        unsigned long cbVarSegMac;
        JET_TUPLELIMITS *ptuplelimits;
    };
    JET_CONDITIONALCOLUMN_A *rgconditionalcolumn;
    unsigned long cConditionalColumn;
    JET_ERR err;
    unsigned long cbKeyMost;
    JET_SPACEHINTS *pSpacehints;
} JET_INDEXCREATE3_A;

typedef struct JET_INDEXCREATE3_W {
    unsigned long cbStruct;
    WCHAR *szIndexName;
    WCHAR *szKey;
    unsigned long cbKey;
    JET_GRBIT grbit;
    unsigned long ulDensity;
    JET_UNICODEINDEX2 *pidxunicode;
    union {
        unsigned long cbVarSegMac;
        JET_TUPLELIMITS *ptuplelimits;
    };
    JET_CONDITIONALCOLUMN_W *rgconditionalcolumn;
    unsigned long cConditionalColumn;
    JET_ERR err;
    unsigned long cbKeyMost;
    JET_SPACEHINTS *pSpacehints;
} JET_INDEXCREATE3_W;

typedef struct JET_TABLECREATE_A {
    unsigned long cbStruct;
    char *szTableName;
    char *szTemplateTableName;
    unsigned long ulPages;
    unsigned long ulDensity;
    JET_COLUMNCREATE_A *rgcolumncreate;
    unsigned long cColumns;
    JET_INDEXCREATE_A *rgindexcreate;
    unsigned long cIndexes;
    JET_GRBIT grbit;
    JET_TABLEID tableid;
    unsigned long cCreated;
} JET_TABLECREATE_A;

typedef struct JET_TABLECREATE_W {
    unsigned long cbStruct;
    WCHAR *szTableName;
    WCHAR *szTemplateTableName;
    unsigned long ulPages;
    unsigned long ulDensity;
    JET_COLUMNCREATE_W *rgcolumncreate;
    unsigned long cColumns;
    JET_INDEXCREATE_W *rgindexcreate;
    unsigned long cIndexes;
    JET_GRBIT grbit;
    JET_TABLEID tableid;
    unsigned long cCreated;
} JET_TABLECREATE_W;

typedef struct JET_TABLECREATE2_A {
    unsigned long cbStruct;
    char *szTableName;
    char *szTemplateTableName;
    unsigned long ulPages;
    unsigned long ulDensity;
    JET_COLUMNCREATE_A *rgcolumncreate;
    unsigned long cColumns;
    JET_INDEXCREATE_A *rgindexcreate;
    unsigned long cIndexes;
    char *szCallback;
    JET_CBTYP cbtyp;
    JET_GRBIT grbit;
    JET_TABLEID tableid;
    unsigned long cCreated;
} JET_TABLECREATE2_A;

typedef struct JET_TABLECREATE2_W {
    unsigned long cbStruct;
    WCHAR *szTableName;
    WCHAR *szTemplateTableName;
    unsigned long ulPages;
    unsigned long ulDensity;
    JET_COLUMNCREATE_W *rgcolumncreate;
    unsigned long cColumns;
    JET_INDEXCREATE_W *rgindexcreate;
    unsigned long cIndexes;
    WCHAR *szCallback;
    JET_CBTYP cbtyp;
    JET_GRBIT grbit;
    JET_TABLEID tableid;
    unsigned long cCreated;
} JET_TABLECREATE2_W;

typedef struct JET_TABLECREATE3_A {
    unsigned long cbStruct;
    char *szTableName;
    char *szTemplateTableName;
    unsigned long ulPages;
    unsigned long ulDensity;
    JET_COLUMNCREATE_A *rgcolumncreate;
    unsigned long cColumns;
    JET_INDEXCREATE2_A *rgindexcreate;
    unsigned long cIndexes;
    char *szCallback;
    JET_CBTYP cbtyp;
    JET_GRBIT grbit;
    JET_SPACEHINTS *pSeqSpacehints;
    JET_SPACEHINTS *pLVSpacehints;
    unsigned long cbSeparateLV;
    JET_TABLEID tableid;
    unsigned long cCreated;
} JET_TABLECREATE3_A;

typedef struct JET_TABLECREATE3_W {
    unsigned long cbStruct;
    WCHAR *szTableName;
    WCHAR *szTemplateTableName;
    unsigned long ulPages;
    unsigned long ulDensity;
    JET_COLUMNCREATE_W *rgcolumncreate;
    unsigned long cColumns;
    JET_INDEXCREATE2_W *rgindexcreate;
    unsigned long cIndexes;
    WCHAR *szCallback;
    JET_CBTYP cbtyp;
    JET_GRBIT grbit;
    JET_SPACEHINTS *pSeqSpacehints;
    JET_SPACEHINTS *pLVSpacehints;
    unsigned long cbSeparateLV;
    JET_TABLEID tableid;
    unsigned long cCreated;
} JET_TABLECREATE3_W;

typedef struct JET_TABLECREATE4_A {
    unsigned long cbStruct;
    char *szTableName;
    char *szTemplateTableName;
    unsigned long ulPages;
    unsigned long ulDensity;
    JET_COLUMNCREATE_A *rgcolumncreate;
    unsigned long cColumns;
    JET_INDEXCREATE3_A *rgindexcreate;
    unsigned long cIndexes;
    char *szCallback;
    JET_CBTYP cbtyp;
    JET_GRBIT grbit;
    JET_SPACEHINTS *pSeqSpacehints;
    JET_SPACEHINTS *pLVSpacehints;
    unsigned long cbSeparateLV;
    JET_TABLEID tableid;
    unsigned long cCreated;
} JET_TABLECREATE4_A;

typedef struct JET_TABLECREATE4_W {
    unsigned long cbStruct;
    WCHAR *szTableName;
    WCHAR *szTemplateTableName;
    unsigned long ulPages;
    unsigned long ulDensity;
    JET_COLUMNCREATE_W *rgcolumncreate;
    unsigned long cColumns;
    JET_INDEXCREATE3_W *rgindexcreate;
    unsigned long cIndexes;
    WCHAR *szCallback;
    JET_CBTYP cbtyp;
    JET_GRBIT grbit;
    JET_SPACEHINTS *pSeqSpacehints;
    JET_SPACEHINTS *pLVSpacehints;
    unsigned long cbSeparateLV;
    JET_TABLEID tableid;
    unsigned long cCreated;
} JET_TABLECREATE4_W;

typedef struct JET_TABLECREATE5_A {
    unsigned long cbStruct;
    char *szTableName;
    char *szTemplateTableName;
    unsigned long ulPages;
    unsigned long ulDensity;
    JET_COLUMNCREATE_A *rgcolumncreate;
    unsigned long cColumns;
    JET_INDEXCREATE3_A *rgindexcreate;
    unsigned long cIndexes;
    char *szCallback;
    JET_CBTYP cbtyp;
    JET_GRBIT grbit;
    JET_SPACEHINTS *pSeqSpacehints;
    JET_SPACEHINTS *pLVSpacehints;
    unsigned long cbSeparateLV;
    unsigned long cbLVChunkMax;
    JET_TABLEID tableid;
    unsigned long cCreated;
} JET_TABLECREATE5_A;

typedef struct JET_TABLECREATE5_W {
    unsigned long cbStruct;
    WCHAR *szTableName;
    WCHAR *szTemplateTableName;
    unsigned long ulPages;
    unsigned long ulDensity;
    JET_COLUMNCREATE_W *rgcolumncreate;
    unsigned long cColumns;
    JET_INDEXCREATE3_W *rgindexcreate;
    unsigned long cIndexes;
    WCHAR *szCallback;
    JET_CBTYP cbtyp;
    JET_GRBIT grbit;
    JET_SPACEHINTS *pSeqSpacehints;
    JET_SPACEHINTS *pLVSpacehints;
    unsigned long cbSeparateLV;
    unsigned long cbLVChunkMax;
    JET_TABLEID tableid;
    unsigned long cCreated;
} JET_TABLECREATE5_W;

/* A temporary table to be opened. */
typedef struct JET_OPENTEMPORARYTABLE {
    unsigned long cbStruct;
    const JET_COLUMNDEF *prgcolumndef;
    unsigned long ccolumn;
    JET_UNICODEINDEX *pidxunicode;
    JET_GRBIT grbit;
    JET_COLUMNID *prgcolumnid;
    unsigned long cbKeyMost;
    unsigned long cbVarSegMac;
    JET_TABLEID tableid;
} JET_OPENTEMPORARYTABLE;

typedef struct JET_OPENTEMPORARYTABLE2 {
    unsigned long cbStruct;
    const JET_COLUMNDEF *prgcolumndef;
    unsigned long ccolumn;
    JET_UNICODEINDEX2 *pidxunicode;
    JET_GRBIT grbit;
    JET_COLUMNID *prgcolumnid;
    unsigned long cbKeyMost;
    unsigned long cbVarSegMac;
    JET_TABLEID tableid;
} JET_OPENTEMPORARYTABLE2;

#ifdef JET_UNICODE
#define JET_COLUMNBASE         JET_COLUMNBASE_W
#define JET_COLUMNCREATE       JET_COLUMNCREATE_W
#define JET_USERDEFINEDDEFAULT JET_USERDEFINEDDEFAULT_W
#define JET_CONDITIONALCOLUMN  JET_CONDITIONALCOLUMN_W
#define JET_INDEXCREATE        JET_INDEXCREATE_W
#define JET_INDEXCREATE2       JET_INDEXCREATE2_W
#define JET_INDEXCREATE3       JET_INDEXCREATE3_W
#define JET_TABLECREATE        JET_TABLECREATE_W
#define JET_TABLECREATE2       JET_TABLECREATE2_W
#define JET_TABLECREATE3       JET_TABLECREATE3_W
#define JET_TABLECREATE4       JET_TABLECREATE4_W
#define JET_TABLECREATE5       JET_TABLECREATE5_W
#else
#define JET_COLUMNBASE         JET_COLUMNBASE_A
#define JET_COLUMNCREATE       JET_COLUMNCREATE_A
#define JET_USERDEFINEDDEFAULT JET_USERDEFINEDDEFAULT_A
#define JET_CONDITIONALCOLUMN  JET_CONDITIONALCOLUMN_A
#define JET_INDEXCREATE        JET_INDEXCREATE_A
#define JET_INDEXCREATE2       JET_INDEXCREATE2_A
#define JET_INDEXCREATE3       JET_INDEXCREATE3_A
#define JET_TABLECREATE        JET_TABLECREATE_A
#define JET_TABLECREATE2       JET_TABLECREATE2_A
#define JET_TABLECREATE3       JET_TABLECREATE3_A
#define JET_TABLECREATE4       JET_TABLECREATE4_A
#define JET_TABLECREATE5       JET_TABLECREATE5_A
#endif

#endif
