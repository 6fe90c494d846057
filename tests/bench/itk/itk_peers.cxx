// What a user of ITK writes for the jobs that volpipe is compared on.
//
//     itk_peers linear|bspline IN OUT SPACING      resample to isotropic spacing, mm, int16
//     itk_peers lung IN OUT                        threshold, components, largest that is not outside
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "itkBSplineInterpolateImageFunction.h"
#include "itkBinaryThresholdImageFilter.h"
#include "itkConnectedComponentImageFilter.h"
#include "itkImageFileReader.h"
#include "itkImageFileWriter.h"
#include "itkLinearInterpolateImageFunction.h"
#include "itkNiftiImageIOFactory.h"
#include "itkRelabelComponentImageFilter.h"
#include "itkResampleImageFilter.h"

using Image = itk::Image<short, 3>;
using Labels = itk::Image<unsigned, 3>;
using Mask = itk::Image<unsigned char, 3>;

template <typename T> static void write(T *image, const char *path)
{
	auto writer = itk::ImageFileWriter<T>::New();

	writer->SetInput(image);
	writer->SetFileName(path);
	writer->Update();
}

static void resample(Image *in, const char *out, double mm, bool cubic)
{
	auto filter = itk::ResampleImageFilter<Image, Image>::New();
	auto size = in->GetLargestPossibleRegion().GetSize();
	auto spacing = in->GetSpacing();

	for (int k = 0; k < 3; k++) {
		size[k] = static_cast<itk::SizeValueType>(std::lround(size[k] * spacing[k] / mm));
		spacing[k] = mm;
	}
	if (cubic) {
		auto spline = itk::BSplineInterpolateImageFunction<Image, double, float>::New();

		spline->SetSplineOrder(3);
		filter->SetInterpolator(spline);
	} else {
		filter->SetInterpolator(itk::LinearInterpolateImageFunction<Image>::New());
	}
	filter->SetInput(in);
	filter->SetSize(size);
	filter->SetOutputSpacing(spacing);
	filter->SetOutputOrigin(in->GetOrigin());
	filter->SetOutputDirection(in->GetDirection());
	filter->SetDefaultPixelValue(-1024);
	filter->Update();
	write(filter->GetOutput(), out);
}

static void lung(Image *in, const char *out)
{
	auto air = itk::BinaryThresholdImageFilter<Image, Mask>::New();
	auto components = itk::ConnectedComponentImageFilter<Mask, Labels>::New();
	auto by_size = itk::RelabelComponentImageFilter<Labels, Labels>::New();
	auto chosen = itk::BinaryThresholdImageFilter<Labels, Mask>::New();

	air->SetInput(in);
	air->SetUpperThreshold(-320);
	air->SetInsideValue(1);
	air->SetOutsideValue(0);
	components->SetInput(air->GetOutput());
	components->FullyConnectedOn();
	by_size->SetInput(components->GetOutput());
	by_size->Update();

	unsigned outside = by_size->GetOutput()->GetPixel({{0, 0, 0}}), largest = outside == 1 ? 2 : 1;

	chosen->SetInput(by_size->GetOutput());
	chosen->SetLowerThreshold(largest);
	chosen->SetUpperThreshold(largest);
	chosen->SetInsideValue(1);
	chosen->SetOutsideValue(0);
	chosen->Update();
	write(chosen->GetOutput(), out);
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		std::cerr << "usage: itk_peers linear|bspline IN OUT SPACING | lung IN OUT\n";
		return 2;
	}
	itk::NiftiImageIOFactory::RegisterOneFactory();
	try {
		auto reader = itk::ImageFileReader<Image>::New();

		reader->SetFileName(argv[2]);
		reader->Update();
		if (std::strcmp(argv[1], "lung") == 0)
			lung(reader->GetOutput(), argv[3]);
		else
			resample(reader->GetOutput(), argv[3], std::atof(argv[4]), std::strcmp(argv[1], "bspline") == 0);
	} catch (const itk::ExceptionObject &e) {
		std::cerr << e.what() << "\n";
		return 1;
	}
	return 0;
}
