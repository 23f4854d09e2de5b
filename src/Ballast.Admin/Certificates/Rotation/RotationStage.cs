namespace Ballast.Admin.Certificates.Rotation;

/// <summary>What every host of a cluster does when its CAs are replaced, in this order. No host begins one before all have done the one before.</summary>
public enum RotationStage
{
    /// <summary>Accept what the old CAs and the new ones sign.</summary>
    AcceptBoth,

    /// <summary>Have everything signed by the new ones.</summary>
    Reissue,

    /// <summary>Accept the new ones only.</summary>
    DropOld,
}

/// <summary>How the stages are called.</summary>
public static class RotationStages
{
    private static readonly string[] Names = ["accept-both", "reissue", "drop-old"];

    extension(RotationStage stage)
    {
        /// <summary><c>accept-both</c>.</summary>
        public string Name => Names[(int)stage];

        /// <summary>Changing the files, as a short sentence.</summary>
        public string Title => stage switch
        {
            RotationStage.AcceptBoth => "Accept both the old CAs and the new",
            RotationStage.Reissue => "Sign everything with the new CAs",
            _ => "Accept the new CAs only",
        };

        /// <summary>What comes after that, as a short sentence.</summary>
        public string RestartTitle => stage == RotationStage.Reissue ? "Restart what reads its keys at its start" : "Restart what reads its CA at its start";
    }

    /// <summary>Null where none is called so.</summary>
    public static RotationStage? Find(string name) => Array.IndexOf(Names, name) is >= 0 and var at ? (RotationStage)at : null;
}
