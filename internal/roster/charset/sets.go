package charset

import (
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// set is a character set that is not Unicode.
type set struct {
	// name is the name in lower case, and title the usual spelling.
	name, title string
	// aliases are other names, separated by spaces.
	aliases  string
	encoding encoding.Encoding
}

// names returns all names of a set.
func (s set) names() []string { return append(strings.Fields(s.aliases), s.name, s.title) }

func (s set) asEncoding() Encoding {
	if _, ok := s.encoding.(*charmap.Charmap); ok {
		return Encoding{form: singleByte, set: s}
	}
	return Encoding{form: multiByte, set: s}
}

// windows1252 is the usual encoding of spreadsheet programs in Western Europe.
func windows1252() Encoding { return sets()[0].asEncoding() }

// AnyByte returns an encoding of single bytes that has a character for each byte.
func AnyByte() Encoding {
	return Encoding{form: singleByte, set: set{title: "ISO 8859-1", encoding: charmap.ISO8859_1}}
}

// sets returns the character sets by their usual names, the likely ones first.
func sets() []set {
	return []set{
		{"windows-1252", "Windows-1252", "cp1252 1252 ansi windows-ansi ms-ansi western", charmap.Windows1252},
		{"windows-1250", "Windows-1250", "cp1250 1250 ms-ee", charmap.Windows1250},
		{"windows-1251", "Windows-1251", "cp1251 1251 ms-cyrl", charmap.Windows1251},
		{"shift_jis", "Shift_JIS", "sjis shiftjis x-sjis cp932 932 ms932 windows-31j windows-932 ms_kanji csshiftjis", japanese.ShiftJIS},
		{"gbk", "GBK", "cp936 936 ms936 windows-936 gb2312 gb_2312-80 euc-cn x-gbk", simplifiedchinese.GBK},
		{"big5", "Big5", "cp950 950 ms950 windows-950 big5-hkscs big5hkscs csbig5 x-x-big5", traditionalchinese.Big5},
		{"euc-kr", "EUC-KR", "euckr cp949 949 ms949 windows-949 uhc korean ks_c_5601-1987 ksc5601 ks_c_5601-1989 cseuckr", korean.EUCKR},
		{"cp850", "IBM Code Page 850", "850 ibm850 ibm-850 dos-latin1", charmap.CodePage850},
		{"cp437", "IBM Code Page 437", "437 ibm437 ibm-437 dos-us", charmap.CodePage437},
		{"cp852", "IBM Code Page 852", "852 ibm852 ibm-852 dos-latin2", charmap.CodePage852},
		{"cp866", "IBM Code Page 866", "866 ibm866 ibm-866 dos-cyrillic", charmap.CodePage866},
		{"macintosh", "Macintosh", "mac macroman mac-roman x-mac-roman 10000 cp10000", charmap.Macintosh},
		{"windows-1253", "Windows-1253", "cp1253 1253 ms-greek", charmap.Windows1253},
		{"windows-1254", "Windows-1254", "cp1254 1254 ms-turk", charmap.Windows1254},
		{"windows-1255", "Windows-1255", "cp1255 1255 ms-hebr", charmap.Windows1255},
		{"windows-1256", "Windows-1256", "cp1256 1256 ms-arab", charmap.Windows1256},
		{"windows-1257", "Windows-1257", "cp1257 1257 winbaltrim", charmap.Windows1257},
		{"windows-1258", "Windows-1258", "cp1258 1258", charmap.Windows1258},
		{"windows-874", "Windows-874", "cp874 874 tis-620 iso-8859-11 thai", charmap.Windows874},
		{"gb18030", "GB18030", "gb18030-2005 cp54936 54936 chinese", simplifiedchinese.GB18030},
		{"hz-gb-2312", "HZ-GB2312", "hz hzgb2312", simplifiedchinese.HZGB2312},
		{"euc-jp", "EUC-JP", "eucjp ujis x-euc-jp cp51932 51932 cp20932 20932", japanese.EUCJP},
		{"iso-2022-jp", "ISO-2022-JP", "iso2022jp jis csiso2022jp cp50220 50220", japanese.ISO2022JP},
		{"iso-8859-1", "ISO 8859-1", "latin1 latin-1 l1 8859-1 cp819 28591", charmap.ISO8859_1},
		{"iso-8859-2", "ISO 8859-2", "latin2 latin-2 l2 8859-2 28592", charmap.ISO8859_2},
		{"iso-8859-3", "ISO 8859-3", "latin3 latin-3 l3 8859-3 28593", charmap.ISO8859_3},
		{"iso-8859-4", "ISO 8859-4", "latin4 latin-4 l4 8859-4 28594", charmap.ISO8859_4},
		{"iso-8859-5", "ISO 8859-5", "cyrillic 8859-5 28595", charmap.ISO8859_5},
		{"iso-8859-6", "ISO 8859-6", "arabic 8859-6 28596", charmap.ISO8859_6},
		{"iso-8859-7", "ISO 8859-7", "greek 8859-7 28597", charmap.ISO8859_7},
		{"iso-8859-8", "ISO 8859-8", "hebrew 8859-8 28598", charmap.ISO8859_8},
		{"iso-8859-9", "ISO 8859-9", "latin5 latin-5 l5 8859-9 28599 turkish", charmap.ISO8859_9},
		{"iso-8859-10", "ISO 8859-10", "latin6 latin-6 l6 8859-10", charmap.ISO8859_10},
		{"iso-8859-13", "ISO 8859-13", "latin7 latin-7 8859-13 28603", charmap.ISO8859_13},
		{"iso-8859-14", "ISO 8859-14", "latin8 latin-8 8859-14", charmap.ISO8859_14},
		{"iso-8859-15", "ISO 8859-15", "latin9 latin-9 latin0 8859-15 28605", charmap.ISO8859_15},
		{"iso-8859-16", "ISO 8859-16", "latin10 latin-10 8859-16", charmap.ISO8859_16},
		{"koi8-r", "KOI8-R", "koi8 koi koi8r cp20866 20866", charmap.KOI8R},
		{"koi8-u", "KOI8-U", "koi8u cp21866 21866", charmap.KOI8U},
		{"mac-cyrillic", "Macintosh Cyrillic", "x-mac-cyrillic maccyrillic 10007", charmap.MacintoshCyrillic},
		{"cp855", "IBM Code Page 855", "855 ibm855 ibm-855", charmap.CodePage855},
		{"cp858", "IBM Code Page 858", "858 ibm858 ibm-858", charmap.CodePage858},
		{"cp860", "IBM Code Page 860", "860 ibm860 ibm-860", charmap.CodePage860},
		{"cp862", "IBM Code Page 862", "862 ibm862 ibm-862", charmap.CodePage862},
		{"cp863", "IBM Code Page 863", "863 ibm863 ibm-863", charmap.CodePage863},
		{"cp865", "IBM Code Page 865", "865 ibm865 ibm-865", charmap.CodePage865},
		{"cp037", "IBM Code Page 037", "037 ibm037 ibm-037 ebcdic", charmap.CodePage037},
		{"cp1047", "IBM Code Page 1047", "1047 ibm1047 ibm-1047", charmap.CodePage1047},
		{"cp1140", "IBM Code Page 1140", "1140 ibm1140 ibm-1140", charmap.CodePage1140},
	}
}
