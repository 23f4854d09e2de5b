using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>The volumes of a pod spec.</summary>
internal static class VolumeValidation
{
    private static readonly string[] DownwardFields = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

    public static void Check(Field volumes)
    {
        var names = new HashSet<string>();
        foreach (var volume in volumes.Items)
        {
            if (volume["name"].Required())
            {
                volume["name"].DnsLabel();
                if (!names.Add(volume["name"].Text))
                    volume["name"].Duplicate();
            }
            CheckSources(volume);
        }
    }

    private static void CheckSources(Field volume)
    {
        var given = 0;
        foreach (var (name, _) in volume.Entries.Where(e => e.Key != "name" && e.Field.IsPresent))
        {
            if (++given > 1)
                volume[name].Forbidden("may not specify more than 1 volume type");
            else
                CheckSource(name, volume[name]);
        }
        if (given == 0)
            volume.Missing("must specify a volume type");
    }

    private static void CheckSource(string name, Field source)
    {
        switch (name)
        {
            case "emptyDir":
                source["sizeLimit"].NonNegativeQuantity();
                break;
            case "hostPath":
                CheckHostPath(source);
                break;
            case "secret":
                source["secretName"].Required();
                CheckFiles(source);
                break;
            case "configMap":
                source["name"].Required();
                CheckFiles(source);
                break;
            case "downwardAPI":
                CheckMode(source["defaultMode"]);
                CheckDownward(source["items"]);
                break;
            case "projected":
                CheckProjected(source);
                break;
            case "persistentVolumeClaim":
                source["claimName"].Required();
                break;
            case "csi":
                if (source["driver"].Required())
                    source["driver"].DnsSubdomain();
                break;
            case "nfs":
                source["server"].Required();
                source["path"].Required();
                if (!source["path"].IsEmpty && !source["path"].Text.StartsWith('/'))
                    source["path"].Invalid("must be an absolute path");
                break;
            case "image":
                source["reference"].Required();
                source["pullPolicy"].OneOf("Always", "IfNotPresent", "Never");
                break;
            case "ephemeral":
                if (source["volumeClaimTemplate"].Required())
                    PersistentVolumeClaimStrategy.CheckSpec(source["volumeClaimTemplate"]["spec"]);
                break;
            default: // the schema names the required fields of the others
                break;
        }
    }

    private static void CheckHostPath(Field source)
    {
        if (source["path"].Required())
            ContainerValidation.NoBacksteps(source["path"]);
        source["type"].OneOf("BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket");
    }

    private static void CheckFiles(Field source)
    {
        CheckMode(source["defaultMode"]);
        foreach (var item in source["items"].Items)
        {
            item["key"].Required();
            if (item["path"].Required())
                ContainerValidation.LocalPath(item["path"]);
            CheckMode(item["mode"]);
        }
    }

    private static void CheckDownward(Field items)
    {
        foreach (var item in items.Items)
        {
            if (item["path"].Required())
                ContainerValidation.LocalPath(item["path"]);
            CheckMode(item["mode"]);
            if (item["fieldRef"].IsPresent && item["resourceFieldRef"].IsPresent)
                item.Invalid("fieldRef and resourceFieldRef can not be specified simultaneously");
            else if (!item["fieldRef"].IsPresent && !item["resourceFieldRef"].IsPresent)
                item.Add(FieldError.Required(item.Path, "one of fieldRef and resourceFieldRef is required"));
            EnvironmentValidation.CheckFieldRef(item["fieldRef"], DownwardFields);
            if (item["resourceFieldRef"].IsPresent)
            {
                item["resourceFieldRef"]["containerName"].Required();
                EnvironmentValidation.CheckResourceFieldRef(item["resourceFieldRef"]);
            }
        }
    }

    private static void CheckProjected(Field projected)
    {
        CheckMode(projected["defaultMode"]);
        foreach (var source in projected["sources"].Items)
        {
            if (source.Entries.Count(e => e.Field.IsPresent) > 1)
                source.Forbidden("may not specify more than 1 volume type");
            foreach (var name in (ReadOnlySpan<string>)["secret", "configMap"])
            {
                if (!source[name].IsPresent)
                    continue;
                source[name]["name"].Required();
                CheckFiles(source[name]);
            }
            CheckDownward(source["downwardAPI"]["items"]);
            CheckToken(source["serviceAccountToken"]);
        }
    }

    private static void CheckToken(Field token)
    {
        if (!token.IsPresent)
            return;
        if (token["expirationSeconds"].Number < 10 * 60)
            token["expirationSeconds"].Invalid("may not specify a duration less than 10 minutes");
        if (token["expirationSeconds"].Number > 1L << 32)
            token["expirationSeconds"].Invalid("may not specify a duration larger than 2^32 seconds");
        if (token["path"].Required())
            ContainerValidation.LocalPath(token["path"]);
    }

    private static void CheckMode(Field mode)
    {
        if (mode.Number is < 0 or > 0b111_111_111)
            mode.Invalid("must be a number between 0 and 0777 (octal), both inclusive");
    }
}
