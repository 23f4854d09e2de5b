using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Core;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Storage;

internal sealed class VolumeAttachmentStrategy : ResourceStrategy
{
    public VolumeAttachmentStrategy() => ReturnsDeletedObject = true;

    protected override void Check(Field document)
    {
        var spec = document["spec"];
        spec["attacher"].DriverName();
        CheckSource(spec["source"]);
        foreach (var problem in NameRules.DnsSubdomain(spec["nodeName"].Text))
            spec["nodeName"].Add(FieldError.Invalid(spec["nodeName"].Path, spec["nodeName"].Text, problem));
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        document["spec"].Immutable(old["spec"]);
    }

    private static void CheckSource(Field source)
    {
        const string ExactlyOne = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
        var (name, inline) = (source["persistentVolumeName"], source["inlineVolumeSpec"]);
        switch (name.IsPresent, inline.IsPresent)
        {
            case (false, false):
                source.Missing(ExactlyOne);
                break;
            case (true, true):
                source.Forbidden(ExactlyOne);
                break;
            case (true, false) when name.Required("must specify non empty persistentVolumeName"):
                name.DnsSubdomain();
                break;
            case (false, true):
                PersistentVolumeValidation.CheckInline(inline);
                break;
            default:
                break;
        }
    }
}

/// <summary>What the attacher did, and how it went.</summary>
internal sealed class VolumeAttachmentStatusStrategy(VolumeAttachmentStrategy main) : StatusStrategy(main)
{
    private const int MaxMetadataBytes = 256 * 1024;
    private const int MaxMessageBytes = 1024;

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        var (status, metadata) = (document["status"], document["status"]["attachmentMetadata"]);
        if (metadata.Entries.Sum(e => e.Key.Length + e.Field.Text.Length) > MaxMetadataBytes)
            metadata.Add(FieldError.TooLong(metadata.Path, MaxMetadataBytes));
        status["attachError"]["message"].MaxLength(MaxMessageBytes);
        status["detachError"]["message"].MaxLength(MaxMessageBytes);
    }
}
