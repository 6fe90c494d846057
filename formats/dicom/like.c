#include "like.h"

#include <stdlib.h>
#include <string.h>

#include "dcmtk.h"

enum { TEXT = 1024 };

/* PS3.3: Patient (C.7.1.1), General Study (C.7.2.1) and Patient Study (C.7.2.2), which have to be the same in all objects
 * of a study, General Equipment (C.7.5.1), and the series' name, without which nobody finds it. */
const struct dicom_attribute dicom_carried[] = {
	{0x0008, 0x0020, "DA", "StudyDate"},
	{0x0008, 0x0030, "TM", "StudyTime"},
	{0x0008, 0x0050, "SH", "AccessionNumber"},
	{0x0008, 0x0070, "LO", "Manufacturer"},
	{0x0008, 0x0080, "LO", "InstitutionName"},
	{0x0008, 0x0090, "PN", "ReferringPhysicianName"},
	{0x0008, 0x1010, "SH", "StationName"},
	{0x0008, 0x1030, "LO", "StudyDescription"},
	{0x0008, 0x103e, "LO", "SeriesDescription"},
	{0x0008, 0x1090, "LO", "ManufacturerModelName"},
	{0x0010, 0x0010, "PN", "PatientName"},
	{0x0010, 0x0020, "LO", "PatientID"},
	{0x0010, 0x0021, "LO", "IssuerOfPatientID"},
	{0x0010, 0x0030, "DA", "PatientBirthDate"},
	{0x0010, 0x0032, "TM", "PatientBirthTime"},
	{0x0010, 0x0040, "CS", "PatientSex"},
	{0x0010, 0x1010, "AS", "PatientAge"},
	{0x0010, 0x1020, "DS", "PatientSize"},
	{0x0010, 0x1030, "DS", "PatientWeight"},
	{0x0010, 0x2160, "SH", "EthnicGroup"},
	{0x0010, 0x4000, "LT", "PatientComments"},
	{0x0012, 0x0062, "CS", "PatientIdentityRemoved"},
	{0x0012, 0x0063, "LO", "DeidentificationMethod"},
	{0x0018, 0x1000, "LO", "DeviceSerialNumber"},
	{0x0018, 0x1020, "LO", "SoftwareVersions"},
	{0x0020, 0x000d, "UI", "StudyInstanceUID"},
	{0x0020, 0x0010, "SH", "StudyID"},
	{0, 0, "", 0},
};

static uint32_t tag_of(const struct dicom_attribute *a)
{
	return (uint32_t)a->group << 16 | a->element;
}

/* The file to take all but the images from. */
static int choose(struct dicom_like *like, const char *path, const char *selector, struct vol_err *err)
{
	like->path = like->set.n_files ? like->set.files[0].path : NULL;
	if (like->set.n_files == 1 && like->set.files[0].status == DICOM_NOT_DICOM)
		return vol_fail(err, path, "%s", like->set.files[0].reason ? like->set.files[0].reason : "is not DICOM");
	if (like->set.n_files == 1 && like->list.n == 0)
		return 0;
	like->series = dicom_series_choose(&like->set, &like->list, selector, path, err);
	if (!like->series)
		return -1;
	if (like->series->n_frames)
		like->path = like->set.files[like->set.frames[like->series->frame[0]].file].path;
	return 0;
}

int dicom_like_open(struct dicom_like *like, const char *path, const char *selector, int threads, struct vol_err *err)
{
	char *operand = strdup(path), buf[TEXT];
	struct dicom_paths paths = {0};
	int rc;

	memset(like, 0, sizeof *like);
	if (strcmp(path, "-") == 0) {
		free(operand);
		return vol_fail(err, path, "is stdin, which is for the volume: name files, a folder or an archive");
	}
	if (!operand)
		return vol_fail(err, path, "out of memory");
	rc = dicom_paths_collect(&operand, 1, NULL, &paths, err);
	free(operand);
	if (rc < 0 || dicom_scan(&paths, threads, false, NULL, NULL, &like->set, err) < 0 ||
	    dicom_series_find(&like->set, false, &like->list, err) < 0 || choose(like, path, selector, err) < 0)
		return -1;
	like->header = like->path ? dcmtk_header_open(like->path) : NULL;
	if (!like->header)
		return vol_fail(err, path, like->path ? "out of memory" : "holds no file");
	if (!dicom_like_text(like, 0x0020000d, buf, 65))
		return vol_fail(err, like->path, "has no sound StudyInstanceUID (0020,000D) to be like");
	return 0;
}

void dicom_like_close(struct dicom_like *like)
{
	if (like->header)
		dcmtk_header_close(like->header);
	dicom_series_free(&like->list);
	dicom_set_free(&like->set);
	memset(like, 0, sizeof *like);
}

const char *dicom_like_text(const struct dicom_like *like, uint32_t tag, char *buf, size_t size)
{
	return like->header ? dcmtk_text(like->header, (uint16_t)(tag >> 16), (uint16_t)tag, buf, size) : NULL;
}

void dicom_like_put(const struct dicom_like *like, bool utf8, struct dataset *d)
{
	char buf[TEXT], converted[TEXT];
	const char *text;
	/* "removed" needs to be said with how (PS3.3, C.7.1.1) */
	bool removed = dicom_like_text(like, 0x00120062, buf, sizeof buf) &&
		dicom_like_text(like, 0x00120063, buf, sizeof buf);

	text = utf8 ? "ISO_IR 192" : dicom_like_text(like, 0x00080005, buf, sizeof buf);
	if (text)
		dataset_text(d, 0x00080005, "CS", text);
	for (const struct dicom_attribute *a = dicom_carried; a->keyword; a++) {
		text = dicom_like_text(like, tag_of(a), buf, sizeof buf);
		if (!text || (a->group == 0x0012 && !removed))
			continue;
		if (utf8)
			text = dcmtk_utf8(like->header, text, converted, sizeof converted);
		dataset_text(d, tag_of(a), a->vr, text);
	}
}
