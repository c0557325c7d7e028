//! The words that matter in an injection, in the dialects of MySQL, PostgreSQL, SQL Server, Oracle and SQLite.

use super::{
    super::words::{Hash, Words},
    token::Kind,
};

/// A keyword, or a group of keywords that stand in the same places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    Select,
    Union,
    /// `intersect`, `except`, `minus`.
    SetOperator,
    /// `all`, `distinct`, `distinctrow`, `top`.
    Quantifier,
    From,
    Where,
    /// `and`, `or`, `xor`.
    Logic,
    Not,
    /// `like`, `rlike`, `regexp`, `glob`, `match`, `sounds` …: between two operands.
    Like,
    Is,
    In,
    Between,
    /// `div`, `mod`: between two operands.
    Divide,
    /// `binary`, `collate`'s place before an operand.
    Prefix,
    Collate,
    Case,
    When,
    Then,
    Else,
    EndCase,
    Order,
    Group,
    By,
    Having,
    Limit,
    Into,
    /// `outfile`, `dumpfile`.
    File,
    Insert,
    Replace,
    Update,
    Delete,
    /// `drop`, `alter`, `create`, `truncate`, `rename`.
    Define,
    /// `table`, `database`, `view`, `procedure`, `user` …: what definitions define.
    Object,
    Procedure,
    /// `exec`, `execute`, `call`.
    Execute,
    Declare,
    Set,
    WaitFor,
    /// `delay`, `time`.
    Delay,
    /// `shutdown`, `kill`.
    Shutdown,
    /// `begin`, `goto`, `print`, `commit`, `rollback`, `while` …: heads of statements that need something behind.
    Block,
    /// `grant`, `revoke`, `attach`, `load`, `copy`, `handler`, `merge`, `vacuum`, `explain`, `describe`, `show`, `use`, `pragma`.
    Administer,
    Values,
    As,
    On,
    Join,
    If,
    Exists,
    /// Names of types: `int`, `varchar`.
    Type,
    /// `for`, `using`, `with`, `escape`.
    Other,
}

/// How much a call of a function says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    /// Waits: `sleep`, `benchmark`, `pg_sleep`.
    Delay,
    /// Reads files, runs commands, opens connections, or exists for errors that tell data.
    Dangerous,
    /// Tells about the server and its user.
    Inform,
    /// Known to databases and hardly to anything else.
    Plain,
    /// Also a word of other languages or of English.
    Common,
}

use {Function as F, Keyword as K};

const fn k(keyword: Keyword) -> Kind {
    Kind::Keyword(keyword)
}

const fn f(function: Function) -> Kind {
    Kind::Function(function)
}

/// The words by what they are, in lower case, with one space between them.
const WORDS: &[(Kind, &str)] = &[
    (k(K::Select), "select"),
    (k(K::Union), "union"),
    (k(K::SetOperator), "intersect except minus"),
    (
        k(K::Quantifier),
        "all distinct distinctrow top sql_no_cache straight_join",
    ),
    (k(K::From), "from"),
    (k(K::Where), "where"),
    (k(K::Logic), "and or xor"),
    (k(K::Not), "not"),
    (
        k(K::Like),
        "against glob ilike isnull like match notnull overlaps regexp regexp_like rlike similar sounds",
    ),
    (k(K::Is), "is"),
    (k(K::In), "in"),
    (k(K::Between), "between"),
    (k(K::Divide), "div mod"),
    (k(K::Prefix), "binary any some interval prior"),
    (k(K::Collate), "collate"),
    (k(K::Case), "case"),
    (k(K::When), "when"),
    (k(K::Then), "then"),
    (k(K::Else), "else"),
    (k(K::EndCase), "end"),
    (k(K::Order), "order"),
    (k(K::Group), "group"),
    (k(K::By), "by"),
    (k(K::Having), "having"),
    (k(K::Limit), "limit offset"),
    (k(K::Into), "into"),
    (k(K::File), "outfile dumpfile"),
    (k(K::Insert), "insert"),
    (k(K::Replace), "replace"),
    (k(K::Update), "update"),
    (k(K::Delete), "delete"),
    (k(K::Define), "drop alter create truncate rename"),
    (
        k(K::Object),
        "assembly column database event function index login role schema sequence table temporary trigger \
         user view",
    ),
    (k(K::Procedure), "procedure"),
    (k(K::Execute), "exec execute call"),
    (k(K::Declare), "declare"),
    (k(K::Set), "set"),
    (k(K::WaitFor), "waitfor"),
    (k(K::Delay), "delay time"),
    (k(K::Shutdown), "shutdown kill"),
    (
        k(K::Block),
        "begin goto print commit rollback while raiserror return do prepare",
    ),
    (
        k(K::Administer),
        "analyze attach backup copy dbcc deallocate describe explain grant handler load merge pragma \
         reconfigure restore revoke show use vacuum",
    ),
    (k(K::Values), "values value"),
    (k(K::As), "as"),
    (k(K::On), "on"),
    (k(K::Join), "join inner outer cross natural"),
    (k(K::If), "if iif"),
    (k(K::Exists), "exists"),
    (
        k(K::Type),
        "double json jsonb bigint datetime decimal float int integer numeric nvarchar signed sysname text unsigned \
         varbinary varchar varchar2",
    ),
    (k(K::Other), "for using with escape desc asc analyse"),
    (Kind::Literal, "null true false"),
    (
        f(F::Delay),
        "sleep benchmark pg_sleep pg_sleep_for randomblob dbms_lock dbms_pipe dbms_session get_lock",
    ),
    (
        f(F::Dangerous),
        "ctxsys current_setting database_to_xml dblink dblink_connect dblink_send_query dbms_assert \
         dbms_export_extension dbms_java dbms_ldap dbms_metadata dbms_scheduler dbms_xmlgen dbms_xmlquery \
         dbms_xslprocessor extractvalue filetoblob filetoclob fn_dblog fn_listextendedproperty \
         fn_sqlvarbasetostr fn_varbintohexstr fn_virtualfilestats fn_xe_file_target_read_file \
         fts3_tokenizer gtid_subset gtid_subtract has_dbaccess httpuritype is_srvrolemember \
         lib_mysqludf_sys_info lo_export lo_get lo_import load_extension load_file load_infile \
         master_pos_wait name_const opendatasource openquery openrowset ordsys pg_cancel_backend \
         pg_ls_dir pg_read_binary_file pg_read_file pg_reload_conf pg_stat_file pg_terminate_backend \
         query_to_xml query_to_xml_and_xmlschema sp_add_job sp_addextendedproc sp_addlogin \
         sp_addsrvrolemember sp_adduser sp_configure sp_execute sp_executesql sp_help sp_makewebtask \
         sp_oacreate sp_oadestroy sp_oagetproperty sp_oamethod sp_password sp_prepare \
         sp_replwritetovarbin sp_start_job sp_who st_latfromgeohash st_longfromgeohash \
         st_pointfromgeohash sys_eval sys_exec table_to_xml updatexml utl_file utl_http utl_inaddr \
         utl_smtp utl_tcp wait_for_executed_gtid_set xmlparse xmltype xp_availablemedia xp_cmdshell \
         xp_delete_file xp_dirtree xp_enumdsn xp_enumerrorlogs xp_enumgroups xp_eventlog xp_execresultset \
         xp_fileexist xp_filelist xp_grantlogin xp_logevent xp_loginconfig xp_logininfo xp_makecab \
         xp_msver xp_ntsec_enumdomains xp_regaddmultistring xp_regdeletekey xp_regdeletevalue \
         xp_regenumkeys xp_regenumvalues xp_regread xp_regremovemultistring xp_regwrite xp_servicecontrol \
         xp_sprintf xp_sscanf xp_subdirs xp_terminate_process",
    ),
    (
        f(F::Inform),
        "col_length col_name connection_id curdate current_catalog current_database current_date \
         current_schema current_time current_timestamp current_user curtime db_id db_name found_rows \
         getdate host_name inet_server_addr inet_server_port is_member json_depth json_keys \
         last_insert_id localtime localtimestamp object_id object_name pg_backend_pid row_count \
         schema_name serverproperty session_user sqlite_compileoption_get sqlite_compileoption_used \
         sqlite_source_id sqlite_version suser_name suser_sname sys_context sysdate system_user user_name \
         userenv utc_date utc_time utc_timestamp uuid_short version",
    ),
    (
        f(F::Plain),
        "aes_decrypt aes_encrypt array_agg array_to_string ascii atan2 bit_and bit_count bit_length \
         bit_or bit_xor cast char char_length character_length charindex chr coalesce compress concat_ws \
         conv convert cot crc32 datalength date_add date_format date_sub dateadd datediff datepart \
         dayname dayofmonth dayofweek dayofyear decode des_decrypt des_encrypt dump elt encrypt \
         export_set extract find_in_set from_base64 from_days from_unixtime generate_series greatest \
         group_concat group_id hex hextoraw ifnull inet6_aton inet6_ntoa inet_aton inet_ntoa instr \
         is_free_lock is_used_lock json_array json_arrayagg json_contains json_extract json_group_array \
         json_length json_merge json_object json_quote json_search json_type json_unquote json_valid \
         json_value jsonb_array_elements jsonb_pretty julianday lcase least likelihood likely listagg \
         lo_creat lpad ltrim make_set makedate maketime md5 mid monthname nchar nullif nvl nvl2 \
         octet_length old_password ord patindex period_add period_diff procedure_analyse quote quotename \
         rawtohex regexp_instr regexp_replace regexp_substr release_lock row_number row_to_json rpad \
         rtrim sec_to_time sha1 sha2 soundex space sql_variant_property std stddev stddev_pop stddev_samp \
         str_to_date strcmp strftime string_agg stuff substr substring_index sysdatetime time_to_sec \
         timestampadd timestampdiff to_base64 to_char to_date to_days to_json to_number total_changes \
         try_cast try_convert typeof ucase uncompress unhex unicode unistr unix_timestamp unlikely \
         utl_encode utl_raw var_pop var_samp variance weekofyear wm_concat xmlagg xmlelement yearweek \
         zeroblob",
    ),
    (
        f(F::Common),
        "abs acos asin atan avg bin ceil ceiling changes choose concat cos count date day degrees exp \
         field floor format hour left len length ln locate log log10 log2 lower max min minute month now \
         oct password pi point position pow power printf quarter radians rand random repeat reverse right \
         round second sign sin sqrt substring sum tan translate trim upper uuid week year",
    ),
    (
        Kind::Catalogue,
        "all_col_comments all_objects all_tab_columns all_tables all_users database_principals \
         dba_objects dba_tab_columns dba_tables dba_users information_schema innodb_index_stats \
         innodb_table_stats msdb msysaccessobjects msysaccessxml msysaces msysobjects msysqueries \
         msysrelationships mysql_user pg_attribute pg_authid pg_catalog pg_class pg_database pg_group \
         pg_namespace pg_proc pg_roles pg_settings pg_shadow pg_stat_activity pg_stats pg_tables pg_type \
         pg_user rdb$collations rdb$database rdb$fields rdb$functions rdb$relation_fields rdb$relations \
         rdb$types schema_auto_increment_columns schema_table_statistics session_variables sqlite_master \
         sqlite_schema sqlite_sequence sqlite_temp_master syscat syscolumns sysdatabases sysfiles sysibm \
         syslogins sysobjects sysprocesses sysusers sysxlogins tempdb user_catalog user_cons_columns \
         user_constraints user_ind_columns user_objects user_password user_role_privs user_tab_columns \
         user_tables user_users v$database v$instance v$session v$version x$kccle x$schema_flattened_keys \
         x$schema_table_statistics_with_buffer",
    ),
];

static TABLE: Words<Kind, 2048> = Words::new(WORDS, Kind::Name);

/// What the word is, in any case; [`Kind::Name`] if it isn't in the table.
pub(crate) fn find(word: &[u8]) -> Kind {
    TABLE.find(word)
}

/// The same, for a word whose hash is known.
pub(crate) fn find_hashed(word: &[u8], hash: Hash) -> Kind {
    TABLE.find_hashed(word, hash)
}
