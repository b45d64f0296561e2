using ActorSeg.Bench.Imaging;

switch (args)
{
    case ["read", .. var files] when files.Length > 0:
        foreach (var file in files) ReadAgainstInflate.Run(file);
        return 0;
    case ["write", var map, var file]:
        LabelMaps.Write(map, file);
        return 0;
    case ["make", var folder]:
        LabelMaps.Make(folder);
        return 0;
    default:
        Console.Error.WriteLine("usage: read FILE.nii.gz... | make FOLDER | write MAP.raw FILE.nii.gz");
        return 2;
}
